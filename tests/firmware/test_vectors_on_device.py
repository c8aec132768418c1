"""The protocol's vectors on MicroPython: what CPython says, the firmware image says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute

from calldeck.consoles.lockstep import LockstepEmulator

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "frames.json").read_text(encoding="utf-8")
)

CHECK_FRAME = """
from binascii import hexlify, unhexlify
from calldeck_wire import messages
from calldeck_wire.frames import FrameReader, encode_frame
message = messages.BY_NUMBER[{id}]
values = {values}
payload = messages.encode(message, {session}, values, unhexlify("{tail}"))
print(message.name)
print(hexlify(encode_frame(payload)).decode())
taken = FrameReader().feed(unhexlify("{frame}"))
print(len(taken), hexlify(taken[0]).decode())
print(messages.peek(taken[0]) == ({id}, {session}), messages.decode(message, taken[0]) == values)
print(hexlify(messages.tail_of(message, taken[0])).decode())
"""
CHECK_DAMAGED = """
from binascii import unhexlify
from calldeck_wire.frames import FrameReader
print(FrameReader().feed(unhexlify("{frame}")))
"""

CHECK_LINK = """
from calldeck_wire.modular import MASK, add, difference
from calldeck_wire.reliable import GAP, NEW, REPEATED, Inbox, Outbox
print(difference(0, MASK), difference(MASK, 0), add(MASK, 2), add(0, -1) == MASK)
outbox, inbox = Outbox(4, 2, 100), Inbox()
outbox.base = MASK
inbox.start(MASK)
print([outbox.push(n) for n in range(5)])
sent = []
now = MASK - 20
for turn in range(40):
    now = add(now, 30)
    while True:
        place = outbox.due(now)
        if place < 0:
            break
        if turn % 3:
            if inbox.accept(outbox.number(place), outbox.base) == NEW:
                sent.append(outbox.item(place))
        outbox.mark_sent(now)
    if turn % 2:
        outbox.acknowledge(inbox.expected, now)
print(sent, outbox.count, inbox.skipped)
"""


@pytest.fixture(scope="module")
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        yield pico


def literal(values: list[Any]) -> str:
    """Return a vector's values as Python source; byte strings stand there as hex text."""
    parts = [f"unhexlify({v!r})" if isinstance(v, str) else repr(v) for v in values]
    return f"({', '.join(parts)}{',' if parts else ''})"


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda v: v["message"])
def test_the_board_encodes_and_decodes_as_the_vector_says(
    board: LockstepEmulator, vector: dict[str, Any]
) -> None:
    code = CHECK_FRAME.format(**{**vector, "values": literal(vector["values"])})
    assert execute(board, code).splitlines() == [
        vector["message"],
        vector["frame"],
        f"1 {vector['payload']}",
        "True True",
        *([vector["tail"]] if vector["tail"] else [""]),
    ]


@pytest.mark.parametrize("vector", VECTORS["damaged"], ids=lambda v: v["why"])
def test_the_board_takes_no_damaged_frame(board: LockstepEmulator, vector: dict[str, Any]) -> None:
    assert execute(board, CHECK_DAMAGED.format(**vector)).strip() == "[]"


def test_the_reliable_link_is_the_same_on_the_board(
    board: LockstepEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(CHECK_LINK, "link", "exec"), {})
    assert execute(board, CHECK_LINK).splitlines() == capsys.readouterr().out.splitlines()
