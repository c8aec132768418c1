"""What a person sees while the daemon runs: one line for each thing that happens.

    12.3 s  press    STATUS  (console)

Readable on a dumb terminal and through a pipe: colours only where the terminal has them, no
cursor movement, no line ever rewritten. The lines are written by a thread of their own, because a
terminal that is not read (Ctrl-S, a full pipe) would otherwise stop the daemon, and with it the
lamps.
"""

import contextlib
import io
import os
import queue
import threading
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.text import Text

from calldeck.config.options import Happening
from calldeck.text import translate as _
from calldeck.text import translate_plural

_BACKLOG_LINES = 1000
_CLOSE_TIMEOUT_S = 1.0

KINDS: dict[str, tuple[str, str]] = {
    "press": (_("press"), "bold"),
    "status": (_("status"), "cyan"),
    "calls": (_("calls"), "magenta"),
    "command": (_("command"), "blue"),
    "lamp": (_("lamp"), "yellow"),
    "mute": (_("mute"), "red"),
    "console": (_("console"), "green"),
    "acd": (_("ACD"), "green"),
    "note": (_("note"), ""),
    "problem": (_("problem"), "bold red"),
}
"""The kinds of lines with a name in the reader's language and a colour; others show as they are."""


PROBLEM = "problem"


class _LineConsole(Console):
    """A console that reports a reader who has gone, instead of ending the program for it."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class TerminalView:
    """Writes happenings to a stream. Use it as a context manager; `show` never blocks.

    several: say of each line at which desk it happened. quiet: show nothing but problems.
    """

    def __init__(
        self,
        stream: TextIO,
        backlog_lines: int = _BACKLOG_LINES,
        *,
        several: bool = False,
        quiet: bool = False,
    ) -> None:
        self._several = several
        self._quiet = quiet
        self._console = _LineConsole(
            file=_unbuffered(stream), markup=False, highlight=False, emoji=False, soft_wrap=True
        )
        self._lines: queue.Queue[Text | None] = queue.Queue(backlog_lines)
        self._dropped = 0
        self._broken = threading.Event()
        self._writer = threading.Thread(target=self._write, name="terminal", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what is left, but do not wait for a terminal that takes nothing."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=_CLOSE_TIMEOUT_S)
        self._writer.join(_CLOSE_TIMEOUT_S)

    def show(self, happening: Happening) -> None:
        """Show one happening; with the backlog full it is dropped, and counted in a later line."""
        if self._broken.is_set() or (self._quiet and happening.kind != PROBLEM):
            return
        if self._dropped and self._put(self._dropped_line(happening.at_s)):
            self._dropped = 0
        if not self._put(line(happening, several=self._several)):
            self._dropped += 1

    def show_link(self, link: str) -> None:
        """Show the page's link, with its key, on a line that can be clicked or copied."""
        self._put(Text("\n  " + _("The page: {link}").format(link=link) + "\n", style="bold"))

    def _dropped_line(self, at_s: float) -> Text:
        text = translate_plural(
            "{count} line not shown: the terminal was too slow",
            "{count} lines not shown: the terminal was too slow",
            self._dropped,
        )
        return line(Happening(at_s, PROBLEM, text.format(count=self._dropped)))

    def _put(self, text: Text) -> bool:
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            return False
        return True

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            try:
                self._console.print(text)
            except (OSError, ValueError):
                # The reader has gone (a closed pipe or window). The desk goes on without it.
                self._broken.set()
                return


def line(happening: Happening, *, several: bool = False) -> Text:
    """Compose the line for one happening, without its line end; `several`: with its desk."""
    label, style = KINDS.get(happening.kind, (happening.kind, ""))
    text = Text(f"{happening.at_s:8.1f} s  ", end="\n")
    text.append(f"{_printable(label):<8}", style=style)
    if several:
        text.append(f"  {_printable(happening.desk):<12}")
    text.append("  " + _printable(happening.text))
    if happening.detail:
        text.append(f"  ({_printable(happening.detail)})", style="dim")
    return text


def _printable(text: str) -> str:
    """Keep what others sent us (a name from the ACD, say) from steering the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _unbuffered(stream: TextIO) -> TextIO:
    """Write to the same file without the stream's buffer and its lock.

    A thread stuck in a write to a full pipe would keep that lock, and Python cannot leave while
    somebody holds it.
    """
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return stream  # A stream in memory takes everything at once.
    stream.flush()
    raw = os.fdopen(descriptor, "wb", buffering=0, closefd=False)
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors="replace", write_through=True)
