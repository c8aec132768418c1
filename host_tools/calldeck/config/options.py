"""What one run of the daemon is asked to do. The command line fills it in, the daemon obeys it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from calldeck.config.listen import ListenAddress
from calldeck.config.script import Script
from calldeck.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing worth a line on the terminal.

    `at_s`: seconds since the run was ready. `kind`: one short lower-case word that sorts the lines
    (`calldeck.cli.terminal.KINDS` lists those with a colour of their own). `text`: what happened,
    translated, in the terms agents use. `detail`: what a technician would ask next, may be empty.
    Neither ever holds a caller's number. `desk`: where, by its id; empty: everywhere.
    """

    at_s: float
    kind: str
    text: str
    detail: str = ""
    desk: str = ""


Observer = Callable[[Happening], None]


def ignore(_happening: Happening) -> None:
    """Observe nothing: for runs that nobody watches."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Everything `calldeck run` was asked for, already checked.

    `console` is `auto`, `demo`, `virtual`, `emulated` or a serial URL. `speed` scales the clock of
    the simulated ACD only. `for_s`: end after so many seconds, None: run until stopped. `listen`:
    where to serve the page and the local API, None: nowhere; `listen_fallback`: nobody has asked
    for just this address, so another port will do where it is taken. `open_page`: open the page in
    the browser; `show_link`: shows the page's link, which holds the key, to this person alone.
    `config`: the file of the settings, to read again when it has changed. `summary`: file to write
    the figures to at the end.
    """

    settings: Settings = field(default_factory=Settings)
    console: str = "auto"
    require_console: bool = False
    acd: str = "simulated"
    seed: int = 1
    speed: float = 1.0
    script: Script | None = None
    for_s: float | None = None
    summary: Path | None = None
    listen: ListenAddress | None = None
    listen_fallback: bool = False
    open_page: bool = False
    show_link: Callable[[str], None] | None = None
    config: Path | None = None
    observer: Observer = ignore
