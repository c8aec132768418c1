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
    stuff,
    unstuff,
)

payloads = st.binary(min_size=1, max_size=MAX_PAYLOAD)


@given(st.binary(max_size=253))
def test_stuffing_is_cobs(data: bytes) -> None:
    assert stuff(data) == cobs.encode(data)
    assert unstuff(stuff(data)) == data


@given(st.binary(min_size=1, max_size=253).filter(lambda data: 0 not in data))
def test_unstuffing_agrees_with_cobs_on_any_text(data: bytes) -> None:
    try:
        expected: bytes | None = cobs.decode(data)
    except cobs.DecodeError:
        expected = None
    assert unstuff(data) == expected


@given(payloads)
def test_a_frame_carries_its_payload_and_its_checksum(payload: bytes) -> None:
    frame = encode_frame(payload)
    assert frame.count(0) == 1
    assert frame.endswith(b"\x00")
    assert cobs.decode(frame[:-1]) == payload + zlib.crc32(payload).to_bytes(4, "little")
    assert decode_frame(frame[:-1]) == payload


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


def test_an_oversize_frame_is_counted_once_and_skipped_to_its_end() -> None:
    reader = FrameReader()
    for _ in range(1000):
        assert reader.feed(b"\x55" * 100) == []
    assert reader.oversize == 1
    assert reader.partial == b""
    assert reader.feed(b"\x00" + encode_frame(b"after")) == [b"after"]
    assert reader.damaged == 0
