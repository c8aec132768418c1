"""The policy of staying connected: open, serve, and open again."""

import asyncio
import contextlib
from collections.abc import Callable

from calldeck.errors import CalldeckError, ConsoleNotFound, UsageError
from calldeck.link.connection import ConsoleConnection
from calldeck.link.ports import ConsolePort
from calldeck.link.session import HostSession

# Short enough that a replugged console feels immediate, long enough to cost nothing.
RETRY_FIRST_S = 0.25
RETRY_LONGEST_S = 0.5
# Closing a port that has just been pulled can hang; an open one would seem busy to ourselves.
_RELEASE_S = 1.0


class ConsoleKeeper:
    """Keeps a session on a console, for ever or until the first failure.

    report: told each *new* reason why there is no console, once; not the end of a session,
    which its listener is told of.
    """

    def __init__(
        self, session: HostSession, port: ConsolePort, report: Callable[[CalldeckError], None]
    ) -> None:
        self._session = session
        self._port = port
        self._report = report
        self._reported = ""
        self._connected = False
        self._lost = False
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
        wait = RETRY_FIRST_S
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._serve_once()
            except CalldeckError as error:
                wanted = required or isinstance(error, UsageError)
                if wanted and not until_ready.is_set():
                    raise
                self._tell(error)
            if self._session.welcome is not None and asyncio.get_running_loop().time() - began > 5:
                wait = RETRY_FIRST_S
            await asyncio.sleep(wait)
            wait = min(2 * wait, RETRY_LONGEST_S)

    async def _serve_once(self) -> None:
        made: list[ConsoleConnection] = []

        def make() -> ConsoleConnection:
            # Only now: a port that had to be looked for has no name before.
            made.append(ConsoleConnection(self._session, self._port.name))
            return made[0]

        try:
            await self._port.connect(make)
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
        elif str(error) != self._reported:
            self._reported = str(error)
            self._report(error)

    def connected(self) -> None:
        """A console has answered: the next failure is news again, whatever it is."""
        self._connected = True
        self._lost = False
        self._reported = ""
