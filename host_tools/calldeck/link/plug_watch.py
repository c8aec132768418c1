"""Noticing at once that a port has appeared or may be opened now, instead of asking so often.

On Linux the kernel tells what happens in the folder that the port's node lies in: its making, and
the change of its permissions by udev, which comes a moment later. It does so without privileges,
in containers too, and in any folder, not in /dev alone. (The kernel's own hot-plug events, over
netlink, reach neither a network namespace nor the link to a pseudo-terminal in a temporary folder.)
Elsewhere, or where the user has no watches left, the folder is looked at.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from calldeck.link import inotify

# Looking costs some tens of microseconds, and is done only while no console is there.
POLL_S = 0.1
# A node is made, linked and given its owner in a burst of notes: one try for all of them.
BURST_S = 0.02

_PORTS_ARE_FILES = os.name == "posix"
_KINDS = inotify.CREATED | inotify.MOVED_TO | inotify.ATTRIBUTES
_SELF = inotify.SELF_DELETED | inotify.OVERFLOWED | inotify.IGNORED


@dataclass(frozen=True, slots=True)
class Place:
    """Where a port will appear: a folder, and its name or the beginnings of such names."""

    folder: str
    name: str = ""
    beginnings: tuple[str, ...] = ()

    def fits(self, name: str) -> bool:
        """Tell whether news of this name are news of the port."""
        return name == self.name or name.startswith(self.beginnings or ("\0",))


# Where systems other than Windows put serial ports: Linux, macOS and the BSDs.
ANY_PORT = Place("/dev", beginnings=("tty", "cu"))


def place_of(url: str) -> Place | None:
    """Return where a named port will appear; None for an address, and where ports are no files."""
    if "://" in url or not _PORTS_ARE_FILES:
        return None
    folder, name = os.path.split(os.path.abspath(url))
    return Place(folder, name)


def any_port() -> Place | None:
    """Return where any port will appear; None where ports are no files."""
    return ANY_PORT if _PORTS_ARE_FILES else None


def nearest(place: Place) -> Place:
    """Return the place itself, or where the first of its missing folders will appear."""
    while not os.path.isdir(place.folder) and place.folder != os.path.dirname(place.folder):
        folder, name = os.path.split(place.folder)
        place = Place(folder, name)
    return place


class PlugWatch:
    """Watches a place from its making until it rests; a context manager.

    tells: whether it tells anything at all; else only time passes.
    """

    def __init__(self, place: Place | None, *, native: bool = True) -> None:
        self._place = place
        self._native = native
        self._changed = asyncio.Event()
        self._began = asyncio.get_running_loop().time()
        self._source: _Notes | _Looks | None = None
        self.tells = place is not None
        self._start()

    def _start(self) -> None:
        if self._place is None or self._source is not None:
            return
        place = nearest(self._place)
        if self._native:
            with contextlib.suppress(OSError):
                self._source = _Notes(place, self._changed.set)
                return
        self._source = _Looks(place, self._changed.set)

    def rest(self) -> None:
        """Watch no more until `changed` is asked: the port is open, the news are of no interest."""
        if self._source is not None:
            self._source.close()
            self._source = None
        self._changed.clear()

    async def changed(self, longest_s: float) -> bool:
        """Wait until something has changed since the watch began; False where nothing does."""
        self._start()
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._changed.wait()
        if not self._changed.is_set():
            return False
        await asyncio.sleep(self._began + BURST_S - loop.time())
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.rest()


class _Notes:
    """The kernel tells."""

    def __init__(self, place: Place, changed: Callable[[], None]) -> None:
        self._place = place
        self._changed = changed
        self._notes = inotify.Inotify()
        self._loop = asyncio.get_running_loop()
        try:
            self._notes.watch(place.folder, _KINDS)
            self._loop.add_reader(self._notes.descriptor, self._read)
        except BaseException:
            self._notes.close()
            raise

    def _read(self) -> None:
        for kind, name in self._notes.read():
            if kind & _SELF or self._place.fits(name):
                self._changed()

    def close(self) -> None:
        self._loop.remove_reader(self._notes.descriptor)
        self._notes.close()


class _Looks:
    """Somebody looks."""

    def __init__(self, place: Place, changed: Callable[[], None]) -> None:
        self._place = place
        self._changed = changed
        self._seen = _picture(place)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(POLL_S, self._look)

    def _look(self) -> None:
        seen = _picture(self._place)
        # What goes is no reason to try.
        if seen - self._seen:
            self._changed()
        self._seen = seen
        self._timer = self._loop.call_later(POLL_S, self._look)

    def close(self) -> None:
        self._timer.cancel()


def _picture(place: Place) -> frozenset[tuple[str, int, int]]:
    """Return what is at the place: names, each with its node's number and last change."""
    names = [place.name] if place.name else []
    if place.beginnings:
        with contextlib.suppress(OSError):
            names += [name for name in os.listdir(place.folder) if place.fits(name)]
    found = set()
    for name in names:
        with contextlib.suppress(OSError):
            node = os.lstat(os.path.join(place.folder, name))
            found.add((name, node.st_ino, node.st_ctime_ns))
    return frozenset(found)
