"""The policy of staying connected: open, serve, and open again."""

import asyncio
import contextlib
from collections.abc import Callable

from calldeck.errors import (
    CalldeckError,
    ConsoleNotFound,
    PortBusy,
    PortPermission,
    UsageError,
)
from calldeck.link.connection import ConsoleConnection
from calldeck.link.plug_watch import PlugWatch
from calldeck.link.ports import ConsolePort
from calldeck.link.session import HostSession
from calldeck.link.standstill import clock_gap_ms

# Short enough that a console that was only reset feels immediate, long enough to cost nothing.
RETRY_FIRST_S = 0.25
# Where nothing tells that a console was plugged in (an address, Windows), or that a program has
# let a port go, trying is the only way to find out: longer would be felt by who waits for it.
RETRY_BLIND_S = 0.5
# Where a hot-plug event cuts the wait short, trying is only for what no event tells of (a board
# that answers at last). A try may open a port, so it must not be a habit: it costs little at this.
RETRY_LONGEST_S = 5.0
# A session that has lasted so long was a sound one: what ended it is not what ended the one before.
STEADY_S = 5.0
# A device node is there before udev has made it this user's, and before the modem manager, which
# looks at every new one, has let it go: failing within this of its appearing is no news.
SETTLE_S = 1.5
# Closing a port that has just been pulled can hang; an open one would seem busy to ourselves.
_RELEASE_S = 1.0


class Pause:
    """How long to wait before the next try: longer each time, up to what is being waited for."""

    def __init__(self) -> None:
        self._next_s = RETRY_FIRST_S

    def restart(self) -> None:
        """Something has changed: begin with short waits again."""
        self._next_s = RETRY_FIRST_S

    def after(self, error: CalldeckError | None, *, told: bool) -> float:
        """Return the wait after this failure. told: whether an event will cut it short."""
        longest = RETRY_LONGEST_S if told and not isinstance(error, PortBusy) else RETRY_BLIND_S
        wait = min(self._next_s, longest)
        self._next_s = min(2 * self._next_s, longest)
        return wait


class ConsoleKeeper:
    """Keeps a session on a console, for ever or until the first failure.

    report: told each *new* reason why there is no console, once; not the end of a session,
    which its listener is told of. gap_ms: what tells that this computer was asleep.
    """

    def __init__(
        self,
        session: HostSession,
        port: ConsolePort,
        report: Callable[[CalldeckError], None],
        gap_ms: Callable[[], float] = clock_gap_ms,
    ) -> None:
        self._gap_ms = gap_ms
        self._session = session
        self._port = port
        self._report = report
        self._reported = ""
        self._connected = False
        self._lost = False
        self._settled_at = 0.0
        self._connection: ConsoleConnection | None = None

    def changed(self) -> None:
        """The session was used: let its deadlines be looked at again."""
        if self._connection is not None:
            self._connection.changed()

    async def run(self, *, until_ready: asyncio.Event, required: bool) -> None:
        """Connect again and again; `until_ready` is set at the first welcome.

        required: raise the first failure before that welcome, instead of waiting. A
        UsageError (a choice that only a person can make) is raised then in any case; later
        it is only told, for nobody's shift ends because a second console is plugged in.
        """
        pause = Pause()
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            # Before the try: what appears between its failing and the wait must cut the wait short.
            with PlugWatch(self._port.place) as watch:
                error: CalldeckError | None = None
                try:
                    await self._serve_once(watch.rest)
                except CalldeckError as caught:
                    error = caught
                    wanted = required or isinstance(error, UsageError)
                    if wanted and not until_ready.is_set():
                        raise
                    self._tell(error)
                if self._session.welcome is not None and loop.time() - began > STEADY_S:
                    pause.restart()
                if await watch.changed(pause.after(error, told=watch.tells)):
                    pause.restart()
                    self._settled_at = loop.time() + SETTLE_S

    async def _serve_once(self, opened: Callable[[], None]) -> None:
        made: list[ConsoleConnection] = []

        def make() -> ConsoleConnection:
            # Only now: a port that had to be looked for has no name before.
            made.append(ConsoleConnection(self._session, self._port.name, self._gap_ms))
            return made[0]

        try:
            await self._port.connect(make)
            opened()
            self._connection = made[0]
            await made[0].closed
        finally:
            self._connection = None
            for connection in made:
                connection.close()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_RELEASE_S):
                        await connection.released.wait()

    def _tell(self, error: CalldeckError) -> None:
        if self._connected:
            # The session has told its listener why it ended.
            self._connected = False
            self._lost = True
        elif self._lost and isinstance(error, ConsoleNotFound):
            # That a lost console is not there yet is no news.
            return
        elif isinstance(error, PortBusy | PortPermission) and self._is_settling():
            return
        elif str(error) != self._reported:
            self._reported = str(error)
            self._report(error)

    def _is_settling(self) -> bool:
        return asyncio.get_running_loop().time() < self._settled_at

    def connected(self) -> None:
        """A console has answered: the next failure is news again, whatever it is."""
        self._connected = True
        self._lost = False
        self._reported = ""
