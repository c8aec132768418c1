"""The message table, and the vectors that pin it down byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from calldeck_wire import NEWEST_PROTOCOL, OLDEST_PROTOCOL, agree, messages
from calldeck_wire.frames import MAX_PAYLOAD, FrameReader, encode_frame

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "frames.json").read_text(encoding="utf-8")
)


def unpacked(values: list[Any]) -> tuple[Any, ...]:
    return tuple(bytes.fromhex(value) if isinstance(value, str) else value for value in values)


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda v: v["message"])
def test_a_message_is_on_the_line_as_its_vector_says(vector: dict[str, Any]) -> None:
    message = messages.BY_NUMBER[vector["id"]]
    values, tail = unpacked(vector["values"]), bytes.fromhex(vector["tail"])
    payload = messages.encode(message, vector["session"], values, tail)
    assert message.name == vector["message"]
    assert payload.hex() == vector["payload"]
    assert encode_frame(payload).hex() == vector["frame"]
    [received] = FrameReader().feed(bytes.fromhex(vector["frame"]))
    assert messages.peek(received) == (vector["id"], vector["session"])
    assert messages.decode(message, received) == values
    assert messages.tail_of(message, received) == tail


@pytest.mark.parametrize("vector", VECTORS["damaged"], ids=lambda v: v["why"])
def test_a_damaged_frame_yields_nothing(vector: dict[str, Any]) -> None:
    assert FrameReader().feed(bytes.fromhex(vector["frame"])) == []


def test_every_message_has_a_vector() -> None:
    assert {message.name for message in messages.TABLE} == {
        vector["message"] for vector in VECTORS["frames"]
    }


def test_the_table_is_sound() -> None:
    assert len(messages.BY_NUMBER) == len(messages.TABLE)
    for message in messages.TABLE:
        assert OLDEST_PROTOCOL <= message.since <= NEWEST_PROTOCOL
        assert message.size <= MAX_PAYLOAD
        assert all(name and unit for name, _code, unit in message.fields)


def test_an_edge_fits_one_unit_of_the_usb_buffer() -> None:
    values = (0xFFFFFFFF, 0x3FFFFFFF, 63, 0x83, 0x3FFFFFFF, 0x3FFFFFFF, 0xFFFF)
    assert len(encode_frame(messages.encode(messages.EDGE, 0xFFFFFFFF, values))) <= 32


def test_later_versions_may_append_fields() -> None:
    payload = messages.encode(messages.PING, 1, (2,)) + b"new field"
    assert messages.decode(messages.PING, payload) == (2,)
    assert messages.decode(messages.PING, payload[:8]) is None
    assert messages.peek(payload[:4]) == (0, 0)


@pytest.mark.parametrize(
    ("oldest", "newest", "agreed"),
    [
        (OLDEST_PROTOCOL, NEWEST_PROTOCOL, NEWEST_PROTOCOL),
        (OLDEST_PROTOCOL, NEWEST_PROTOCOL + 5, NEWEST_PROTOCOL),
        (NEWEST_PROTOCOL + 1, NEWEST_PROTOCOL + 5, 0),
        (0, OLDEST_PROTOCOL - 1, 0),
    ],
)
def test_the_newest_version_both_speak_is_agreed(oldest: int, newest: int, agreed: int) -> None:
    assert agree(oldest, newest) == agreed
