"""Settings in flash: whatever stands there is read, and the old or the new ones are found."""

from __future__ import annotations

import struct
from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck_console.settings import (
    KEPT_BYTES,
    LIMITS,
    MARK,
    PAGE_BYTES,
    Settings,
    is_blank,
    is_marked,
    newest,
    read_record,
)
from calldeck_wire import messages
from calldeck_wire.modular import MASK, add

BLANK = b"\xff" * KEPT_BYTES
BODY = "<HHBBBB32s"


def labels() -> st.SearchStrategy[bytes]:
    texts = st.text(max_size=messages.MAX_LABEL_BYTES)
    return texts.map(lambda text: text.encode("utf-8", "ignore")).filter(
        lambda label: len(label) <= messages.MAX_LABEL_BYTES
    )


@st.composite
def some_settings(draw: st.DrawFn) -> Settings:
    settings = Settings()
    for key, (_, least, most) in LIMITS.items():
        assert settings.change(key, draw(st.integers(least, most))) == messages.RESULT_DONE
    assert settings.name(draw(labels())) == messages.RESULT_DONE
    return settings


def sector(record: bytes, *, marked: bool = True) -> bytes:
    """Return what a sector's first pages hold after a write."""
    kept = bytearray(BLANK)
    kept[: len(record)] = record
    if marked:
        kept[PAGE_BYTES : PAGE_BYTES + len(MARK)] = MARK
    return bytes(kept)


def forged(body: bytes, *, version: int = 1, number: int = 1) -> bytes:
    """Return a record as another version might write it, its check right."""
    text = struct.pack("<HBBI", 0xCA11, version, len(body), number) + body
    return text + struct.pack("<I", crc32(text))


@given(some_settings(), st.integers(0, MASK))
def test_what_is_written_is_read_again(settings: Settings, number: int) -> None:
    found = read_record(sector(settings.record(number)))
    assert found is not None
    assert found.content() == settings.content()
    assert (found.saved, found.writes, found.changes) == (True, number, 0)


def test_a_record_is_as_it_has_always_been() -> None:
    """A change of this one loses the settings of every console that is in use."""
    settings = Settings()
    settings.name(b"Fenster")
    settings.change(messages.SETTING_COUGH_MS, 300)
    assert settings.record(7).hex() == (
        "11ca0128070000002c010a0001646407" + b"Fenster".hex() + "00" * 25 + "2e72387c"
    )


@given(some_settings())
def test_a_record_and_its_mark_fit_their_pages(settings: Settings) -> None:
    assert len(settings.record(MASK)) <= PAGE_BYTES
    assert len(MARK) <= PAGE_BYTES


@given(some_settings(), st.binary(min_size=1, max_size=200), st.integers(2, 255))
def test_a_later_version_is_read_as_far_as_it_is_known(
    settings: Settings, more: bytes, version: int
) -> None:
    body = settings.record(0)[8:-4]
    found = read_record(sector(forged(body + more, version=version)))
    assert found is not None
    assert found.content() == settings.content()


@given(st.integers(0, 65535), st.integers(0, 65535), *[st.integers(0, 255)] * 4, st.binary())
def test_a_value_out_of_range_gives_way_alone(
    cough: int, bounce: int, safe: int, day: int, night: int, length: int, label: bytes
) -> None:
    values = (cough, bounce, safe, day, night)
    found = read_record(sector(forged(struct.pack(BODY, *values, length, label[:32]))))
    assert found is not None
    for value, (name, least, most) in zip(values, LIMITS.values(), strict=True):
        expected = value if least <= value <= most else getattr(Settings(), name)
        assert getattr(found, name) == expected
    padded = label[:32].ljust(32, b"\0")[:length]
    try:
        expected_label = padded if length <= 32 and padded.decode() is not None else b""
    except UnicodeDecodeError:
        expected_label = b""
    assert found.label == expected_label


@given(st.binary(max_size=KEPT_BYTES))
def test_garbage_is_no_settings_and_no_error(kept: bytes) -> None:
    assert read_record(kept) is None
    assert newest(kept, kept) == -1


@pytest.mark.parametrize(
    "record",
    [
        forged(b"", version=1),
        forged(bytes(39), version=1),
        forged(bytes(245), version=2),
        forged(bytes(40), version=0),
    ],
)
def test_a_record_of_no_possible_form_is_none(record: bytes) -> None:
    assert read_record(record.ljust(KEPT_BYTES, b"\xff")) is None


@given(some_settings(), st.data())
def test_a_record_of_which_one_bit_is_wrong_is_none(
    settings: Settings, data: st.DataObject
) -> None:
    record = bytearray(settings.record(5))
    bit = data.draw(st.integers(0, 8 * len(record) - 1))
    record[bit // 8] ^= 1 << bit % 8
    assert read_record(sector(bytes(record))) is None


@given(some_settings(), some_settings(), st.integers(0, MASK), st.integers(1, 1 << 28))
def test_the_later_record_holds_also_where_the_numbers_wrap(
    old: Settings, new: Settings, number: int, later: int
) -> None:
    first = sector(old.record(number))
    second = sector(new.record(add(number, later)))
    assert newest(first, second) == 1
    assert newest(second, first) == 0
    assert newest(first, BLANK) == 0
    assert newest(BLANK, second) == 1
    assert newest(BLANK, BLANK) == -1


@given(some_settings(), st.integers(0, MASK))
def test_a_finished_record_goes_before_one_that_is_not(settings: Settings, number: int) -> None:
    finished = sector(settings.record(number))
    begun = sector(settings.record(add(number, 1)), marked=False)
    assert newest(finished, begun) == 0
    assert newest(begun, finished) == 1
    assert newest(begun, BLANK) == 0


def test_blank_and_marked() -> None:
    assert is_blank(BLANK)
    assert not is_blank(BLANK[:-1] + b"\xfe")
    assert not is_marked(BLANK)
