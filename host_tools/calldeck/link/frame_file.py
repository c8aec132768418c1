"""Frames on disk: written when the link has a fault, read again in words."""

import json
from binascii import unhexlify
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from calldeck.errors import UsageError
from calldeck.link.flight import FROM_CONSOLE, TO_CONSOLE, FlightRecorder, Frame
from calldeck.text import translate as _
from calldeck_wire import messages

FOLDER_NAME = "frames"
KEPT = 10
"""The files of so many faults are kept."""
BETWEEN_MS = 10_000
"""What goes wrong within this of a fault is that fault going on: its file tells how it began."""

_log = structlog.get_logger(__name__)
_KIND = "calldeck frames"
_ARROWS = {">": TO_CONSOLE, "<": FROM_CONSOLE}
_SIGNS = {direction: sign for sign, direction in _ARROWS.items()}


class FrameFiles:
    """Writes the frames before each fault into a file of its own; never fails for it.

    wall_ms: wall-clock time in ms, injected.
    """

    def __init__(self, folder: Path, wall_ms: Callable[[], int]) -> None:
        self._folder = folder
        self._wall_ms = wall_ms
        # Of faults of the link, and of the console's own: it tells of one when the link is back.
        self._last_ms: dict[bool, int] = {}

    def write(self, recorder: FlightRecorder, why: str, console: Sequence[str] = ()) -> None:
        """Write what is recorded now; `why` is the fault in a sentence.

        console: what the console itself has recorded before it was restarted, in lines.
        """
        now = self._wall_ms()
        last_ms = self._last_ms.get(bool(console))
        if last_ms is not None and 0 <= now - last_ms < BETWEEN_MS:
            return
        self._last_ms[bool(console)] = now
        stamp = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3]
        path = self._folder / f"{stamp}Z.frames"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(file_text(recorder.frames(), why, now, console), "utf-8")
            for old in frame_files(self._folder)[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            # They help to find a fault; a shift does not end for want of them.
            _log.warning("frames not written", path=str(path), error=str(error))
        else:
            _log.info("frames written", path=str(path), why=why)


def frame_files(folder: Path) -> list[Path]:
    """Return the files of the faults in a folder, the oldest first."""
    return sorted(folder.glob("*.frames"))


def file_text(frames: Sequence[Frame], why: str, at_ms: int, console: Sequence[str] = ()) -> str:
    """Return the text of a file: a head in JSON, then a line for each frame."""
    says: dict[str, object] = {"kind": _KIND, "why": why, "at_ms": at_ms}
    if console:
        says["console"] = list(console)
    head = json.dumps(says, ensure_ascii=False)
    lines = [f"{_SIGNS[frame.direction]} {frame.ms} {frame.payload.hex()}" for frame in frames]
    return "\n".join([head, *lines, ""])


@dataclass(frozen=True, slots=True)
class Recording:
    """A file read. at_ms: wall clock of the fault; console: what the console recorded itself."""

    why: str
    at_ms: int
    frames: tuple[Frame, ...]
    console: tuple[str, ...] = ()


def read_frames(path: Path) -> Recording:
    """Read a file of frames. Raises UsageError, naming the line, where it is none."""
    try:
        # Not splitlines: a reason may hold a character that Unicode counts as a line end.
        lines = path.read_text("utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or _("it is no text")
        raise UsageError(
            _("{path} cannot be read: {why}. Name a file that ends in .frames.").format(
                path=path, why=why
            )
        ) from error
    try:
        head = json.loads(lines[0])
        if head["kind"] != _KIND:
            raise ValueError(head["kind"])
        why, at_ms = str(head["why"]), int(head["at_ms"])
        console = tuple(str(line) for line in head.get("console", ()))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _no_frames(path, 1) from error
    frames = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            sign, ms, payload = line.split(" ")
            frames.append(Frame(_ARROWS[sign], int(ms), unhexlify(payload)))
        except (KeyError, ValueError) as error:
            raise _no_frames(path, number) from error
    return Recording(why, at_ms, tuple(frames), console)


def _no_frames(path: Path, number: int) -> UsageError:
    return UsageError(
        _(
            "{path}, line {number}: this is no record of frames. Name a file that ends in .frames "
            "and that nobody has edited."
        ).format(path=path, number=number)
    )


def in_words(payload: bytes) -> tuple[str, str]:
    """Return a payload's message and its values by name; the technical names of the protocol."""
    number, session = messages.peek(payload)
    message = messages.BY_NUMBER.get(number)
    values = None if message is None else messages.decode(message, payload)
    if message is None or values is None:
        return "?", payload.hex()
    words = [f"session={session:08x}"]
    words += _fields(message, values)
    if message.tail:
        tail = messages.tail_of(message, payload)
        shown = repr(tail.decode("utf-8", "replace")) if message is messages.LOG else tail.hex()
        words.append(f"{message.tail.split(',', maxsplit=1)[0].replace(' ', '_')}={shown}")
    return message.name, " ".join(words)


def _fields(message: messages.Message, values: tuple[int, ...]) -> Iterator[str]:
    for (name, code, _unit), value in zip(message.fields, values, strict=True):
        if message is messages.EDGE and name == "what":
            button = value & ~messages.EDGE_PRESSED
            known = button < len(messages.BUTTON_NAMES)
            named = messages.BUTTON_NAMES[button] if known else str(button)
            yield f"{named} {'down' if value & messages.EDGE_PRESSED else 'up'}"
        elif code.endswith("s"):
            yield f"{name}={bytes(value).hex()}"
        elif name in ("birth", "previous"):
            yield f"{name}={value:08x}"
        else:
            yield f"{name}={value}"
