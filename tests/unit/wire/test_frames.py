"""Framing, against the PyPI `cobs` package as oracle."""

import zlib

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from calldeck_wire.frames import (
    MAX_ENCODED,
    MAX_PAYLOAD,
    FrameReader,
    decode_frame,
    encode_frame,
    frame_by_bytes,
    frame_by_runs,
)

payloads = st.binary(min_size=1, max_size=MAX_PAYLOAD)


@given(st.binary(max_size=253) | st.lists(st.sampled_from([0, 1, 255]), max_size=253).map(bytes))
def test_both_ways_of_making_a_frame_make_the_same(data: bytes) -> None:
    """The console makes its frames by bytes, this computer by runs."""
    assert frame_by_runs(data) == frame_by_bytes(data) == cobs.encode(data) + b"\x00"


@given(payloads)
def test_a_frame_carries_its_payload_and_its_checksum(payload: bytes) -> None:
    frame = encode_frame(payload)
    assert frame.count(0) == 1
    assert frame.endswith(b"\x00")
    assert cobs.decode(frame[:-1]) == payload + zlib.crc32(payload).to_bytes(4, "little")
    assert decode_frame(frame[:-1]) == payload


@given(payloads, st.integers(0, MAX_ENCODED - 1))
def test_a_frame_with_a_zero_in_it_is_none(payload: bytes, place: int) -> None:
    frame = bytearray(encode_frame(payload)[:-1])
    frame[place % len(frame)] = 0
    assert decode_frame(bytes(frame)) is None


@given(st.binary(max_size=MAX_ENCODED + 3).filter(lambda data: 0 not in data))
def test_what_is_taken_is_exactly_what_cobs_and_its_checksum_say(text: bytes) -> None:
    try:
        plain = cobs.decode(text)
    except cobs.DecodeError:
        plain = b""
    payload, check = plain[:-4], plain[-4:]
    whole = bool(payload) and zlib.crc32(payload).to_bytes(4, "little") == check
    assert decode_frame(text) == (payload if whole else None)


@given(payloads, st.integers(1, 100))
def test_a_last_run_that_does_not_end_with_the_text_is_damage(payload: bytes, more: int) -> None:
    """Its zeros are all where they belong, so its checksum alone would say nothing."""
    text = bytearray(encode_frame(payload)[:-1])
    at = 0
    while at + text[at] < len(text):
        at += text[at]
    text[at] += more
    assert decode_frame(bytes(text)) is None


@given(st.binary(max_size=MAX_PAYLOAD))
def test_a_frame_is_taken_where_its_checksum_is_right_and_only_there(payload: bytes) -> None:
    for check in (zlib.crc32(payload), zlib.crc32(payload) ^ 1, 0, 0xFFFFFFFF):
        text = cobs.encode(payload + check.to_bytes(4, "little"))
        right = bool(payload) and check == zlib.crc32(payload)
        assert decode_frame(text) == (payload if right else None)


@given(payloads, st.integers(0, MAX_ENCODED - 1), st.integers(1, 255))
def test_a_damaged_byte_is_never_taken_for_a_payload(payload: bytes, place: int, flip: int) -> None:
    frame = bytearray(encode_frame(payload))
    place %= len(frame) - 1
    frame[place] ^= flip
    assert all(taken != payload for taken in FrameReader().feed(bytes(frame)))


@pytest.mark.parametrize("payload", [b"", bytes(MAX_PAYLOAD + 1)])
def test_a_payload_that_fits_no_frame_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="fit a frame"):
        encode_frame(payload)


@given(st.lists(payloads, max_size=6), st.lists(st.integers(1, 40), max_size=40))
def test_frames_come_out_whole_however_the_stream_is_cut(
    sent: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(encode_frame(payload) for payload in sent)
    reader = FrameReader()
    received: list[bytes] = []
    for cut in cuts:
        received += reader.feed(stream[:cut])
        stream = stream[cut:]
    received += reader.feed(stream)
    assert received == sent
    assert (reader.damaged, reader.oversize) == (0, 0)


@given(st.binary(max_size=2000), payloads)
def test_garbage_costs_at_most_the_frame_it_touches(garbage: bytes, payload: bytes) -> None:
    reader = FrameReader()
    reader.feed(garbage)
    assert len(reader.partial) <= MAX_ENCODED
    assert reader.feed(b"\x00" + encode_frame(payload))[-1] == payload


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=12), st.data())
def test_a_reader_counts_the_same_however_the_stream_is_cut(
    pieces: list[bytes], data: st.DataObject
) -> None:
    stream = b"\x00".join([*pieces, encode_frame(b"end")])
    whole, cut = FrameReader(), FrameReader()
    expected, taken = whole.feed(stream), []
    while stream:
        size = data.draw(st.integers(1, 140))
        taken += cut.feed(stream[:size])
        stream = stream[size:]
    assert taken == expected
    assert (cut.damaged, cut.oversize) == (whole.damaged, whole.oversize)
    assert cut.key() == whole.key() == (b"", False)


def test_an_oversize_frame_is_counted_once_and_skipped_to_its_end() -> None:
    reader = FrameReader()
    for _ in range(1000):
        assert reader.feed(b"\x55" * 100) == []
    assert reader.oversize == 1
    assert reader.partial == b""
    assert reader.feed(b"\x00" + encode_frame(b"after")) == [b"after"]
    assert reader.damaged == 0
