"""Reading and forging single frames on the line under test."""

from __future__ import annotations

from collections.abc import Callable

from calldeck_wire import messages
from calldeck_wire.frames import decode_frame, encode_frame
from calldeck_wire.messages import Message

Watch = Callable[[bytes], bytes]


def payload_of(frame: bytes) -> bytes:
    """Return the payload of one whole frame."""
    payload = decode_frame(frame.removesuffix(b"\x00"))
    assert payload is not None
    return payload


def is_a(frame: bytes, *kinds: Message) -> bool:
    return payload_of(frame)[0] in [kind.number for kind in kinds]


def losing(*kinds: Message, times: int = 1_000_000) -> Watch:
    """Lose the first `times` frames of these kinds."""
    left = times

    def watch(frame: bytes) -> bytes:
        nonlocal left
        if left and is_a(frame, *kinds):
            left -= 1
            return b""
        return frame

    return watch


class Tap:
    """Writes down the frames that pass, as (message, session, values)."""

    def __init__(self) -> None:
        self.frames: list[tuple[Message, int, tuple[int, ...]]] = []

    def __call__(self, frame: bytes) -> bytes:
        payload = payload_of(frame)
        number, session = messages.peek(payload)
        message = messages.BY_NUMBER[number]
        values = messages.decode(message, payload)
        assert values is not None
        self.frames.append((message, session, values))
        return frame

    def of(self, kind: Message) -> list[tuple[int, tuple[int, ...]]]:
        return [(session, values) for message, session, values in self.frames if message is kind]


def forged(payload: bytes, change: Callable[[bytearray], None]) -> bytes:
    """Return the frame of a payload with something changed in it."""
    other = bytearray(payload)
    change(other)
    return encode_frame(bytes(other))
