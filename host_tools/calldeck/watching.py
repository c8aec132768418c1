"""Watching a desk at work without being able to change it, nor to harm it."""

from collections.abc import Callable
from typing import Protocol, TypeVarTuple, Unpack

import structlog

from calldeck.desk import Event
from calldeck.journal.lines import Received

_log = structlog.get_logger(__name__)

_Given = TypeVarTuple("_Given")


class Watcher(Protocol):
    """Who is told what happens at a station, at once and without being able to change it."""

    def stepped(self, event: Event) -> None:
        """The desk has taken an event."""

    def pressed(self, edge: Received) -> None:
        """A press has reached the desk; it is on record, and not acted on yet."""

    def press_ended(self, press: str, outcome: str, why: str) -> None:
        """A press has its outcome. So has each release, which nobody asked about."""

    def changed(self) -> None:
        """What is shown may have changed."""


class Unwatched:
    """Nobody watches."""

    def stepped(self, event: Event) -> None: ...

    def pressed(self, edge: Received) -> None: ...

    def press_ended(self, press: str, outcome: str, why: str) -> None: ...

    def changed(self) -> None: ...


class Spared:
    """A watcher whose own faults are written down and spare the desk that it watches."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._told: set[str] = set()

    def stepped(self, event: Event) -> None:
        self._tell(self._watcher.stepped, event)

    def pressed(self, edge: Received) -> None:
        self._tell(self._watcher.pressed, edge)

    def press_ended(self, press: str, outcome: str, why: str) -> None:
        self._tell(self._watcher.press_ended, press, outcome, why)

    def changed(self) -> None:
        self._tell(self._watcher.changed)

    def _tell(self, tell: Callable[[Unpack[_Given]], None], *given: *_Given) -> None:
        try:
            tell(*given)
        except Exception as error:  # noqa: BLE001 - written down; the desk goes on
            # A shift has many thousand events: the first fault of each kind is enough for a log.
            kind = f"{tell.__name__} {type(error).__name__}"
            if kind not in self._told:
                self._told.add(kind)
                _log.exception("watcher failed", at=tell.__name__)
