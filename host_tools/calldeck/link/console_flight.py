"""The flight recorder of a console: put together from its pieces, and read.

A console that was restarted by its watchdog or by an error hands over what it recorded before
(`calldeck_wire.flight` is the format). After a power cut or a damage of its memory anything may
stand there: whatever it is can be read.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from calldeck_wire import flight, messages
from calldeck_wire.modular import difference

_STAGES = {
    flight.STAGE_START: "start",
    flight.STAGE_INPUTS: "inputs",
    flight.STAGE_CORE: "core",
    flight.STAGE_LAMPS: "lamps",
    flight.STAGE_LINK: "link",
    flight.STAGE_WAIT: "wait",
    flight.STAGE_COLLECTION: "collection",
    flight.STAGE_FLASH: "flash",
    flight.STAGE_RESET: "reset",
    flight.STAGE_ERROR: "error",
}
_PARTS = {flight.PART_INPUTS: "inputs", flight.PART_LAMPS: "lamps", flight.PART_LINK: "link"}
# What has run when a healthy turn is at a stage. The lamps may have run once before the turn.
_RAN_BEFORE = {
    flight.STAGE_CORE: (flight.PART_INPUTS,),
    flight.STAGE_LAMPS: (flight.PART_INPUTS,),
    flight.STAGE_LINK: (flight.PART_INPUTS, flight.PART_INPUTS | flight.PART_LINK),
    flight.STAGE_RESET: (flight.PART_INPUTS | flight.PART_LINK,),
}
_CAUSES = ("?", "power", "pin", "watchdog", "order", "error")
_MODES = ("normal", "maintenance", "bootloader", "self-test")


@dataclass(frozen=True, slots=True)
class ConsoleFlight:
    """What a console did before it was restarted.

    doing: the stage of its loop that it was in, for_ms: for how long. missing: the parts of the
    loop that did not run any more while it went on. error: the text of the error that ended it,
    empty where none did. lines: everything in readable lines, with the technical names.
    """

    doing: str
    for_ms: int
    missing: tuple[str, ...]
    error: str
    lines: tuple[str, ...]

    @property
    def last_error(self) -> str:
        """The error in a line: what it was, and the innermost place that is known."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        places = [line for line in lines if line.startswith('File "')]
        return f"{lines[-1]} ({places[-1]})" if places else "".join(lines[-1:])


class Pieces:
    """A flight recorder on its way: it comes in pieces, in order."""

    def __init__(self) -> None:
        self._taken = bytearray()

    def take(self, at: int, total: int, piece: bytes) -> bytes | None:
        """Take a piece; return the whole when it is there, else None."""
        if at == 0:
            self._taken.clear()
        if at == len(self._taken):  # one that was lost makes it incomplete: it is asked for again
            self._taken += piece
        return bytes(self._taken) if len(self._taken) >= total else None


def read(memory: bytes) -> ConsoleFlight | None:
    """Read a flight recorder, None where it is none."""
    if len(memory) < flight.BYTES:
        return None
    head = struct.unpack_from(flight.HEAD_FORMAT, memory)
    if head[flight.MARK] != flight.MARK_WORD:
        return None
    text = memory[flight.TEXT_AT : flight.BYTES].split(b"\x00", maxsplit=1)[0]
    error = text.decode("utf-8", "replace")
    records = list(_records(memory, head[flight.COUNT]))
    # An error ends the program at once, the watchdog when it has not been fed for its time.
    end_ms = head[flight.FED] + flight.WATCHDOG_MS
    if error and records:
        end_ms = records[-1][0]
    doing = _STAGES.get(head[flight.STAGE], f"stage_{head[flight.STAGE]}")
    for_ms = _before(end_ms, head[flight.TURN])
    missing = _missing(head[flight.STAGE], head[flight.RAN])
    lines = [f"{-_before(end_ms, ms):>9} {words}" for ms, words in records]
    lines.append(f"{-for_ms:>9} {doing}, " + ("without " + ", ".join(missing) if missing else ""))
    lines[-1] = lines[-1].removesuffix(", ")
    lines += [line for line in error.splitlines() if line]
    return ConsoleFlight(doing, for_ms, missing, error, tuple(lines))


def _before(end_ms: int, ms: int) -> int:
    return max(0, difference(end_ms, ms))


def _missing(stage: int, ran: int) -> tuple[str, ...]:
    """Return the parts that the loop did without, where it went on."""
    at_once = ran & ~flight.PART_LAMPS
    if at_once == 0 or at_once in _RAN_BEFORE.get(stage, ()):
        return ()
    return tuple(name for part, name in _PARTS.items() if not ran & part)


def _records(memory: bytes, count: int) -> Iterator[tuple[int, str]]:
    """Give (console ms, what happened) of each record, the oldest first."""
    for number in range(max(0, count - flight.RECORDS), count):
        place = flight.HEAD_BYTES + number % flight.RECORDS * flight.RECORD_BYTES
        ms, what = struct.unpack_from(flight.RECORD_FORMAT, memory, place)
        yield ms, _in_words(what >> flight.KIND_SHIFT, what & flight.DETAIL_MASK)


def _in_words(kind: int, detail: int) -> str:
    if kind == flight.BOOTED:
        return f"boot cause={_name(_CAUSES, detail >> 8)} mode={_name(_MODES, detail & 0xFF)}"
    if kind == flight.SESSION:
        return f"session ..{detail:06x}"
    if kind == flight.ORDER:
        message = messages.BY_NUMBER.get(detail >> 8)
        name = "?" if message is None else message.name
        return f"order {name} result={detail & 0xFF}"
    if kind == flight.EDGE:
        button = _name(messages.BUTTON_NAMES, detail & ~messages.EDGE_PRESSED)
        return f"edge {button} {'down' if detail & messages.EDGE_PRESSED else 'up'}"
    if kind == flight.FAULT:
        return f"fault code={detail >> 16} detail={detail & 0xFFFF}"
    if kind == flight.FLASH:
        what = detail & 0xFF
        done = "erase" if what == flight.FLASH_ERASE else f"page={what}"
        return f"flash sector={detail >> 8} {done}"
    plain = {
        flight.LAPSE: "lapse {}",
        flight.COLLECTION: "collection us={}",
        flight.ERROR: "error bytes={}",
    }
    return plain.get(kind, f"kind_{kind} {{}}").format(detail)


def _name(names: tuple[str, ...], number: int) -> str:
    return names[number] if number < len(names) else str(number)
