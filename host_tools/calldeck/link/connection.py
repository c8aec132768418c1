"""One connection to one console: a byte stream, timers, and the session on top. Single use."""

import asyncio
from collections.abc import Callable
from typing import TypeVarTuple, Unpack

import structlog

from calldeck.errors import (
    CalldeckError,
    ConsoleInMaintenance,
    ConsoleNotFound,
    ConsoleSilent,
    WrongDevice,
)
from calldeck.link.session import HostSession
from calldeck.link.standstill import Standstill, clock_gap_ms
from calldeck.text import translate as _

_log = structlog.get_logger(__name__)

_Given = TypeVarTuple("_Given")

# Longer than a console needs to come back by itself: its watchdog bites after 2 s of hanging, and
# it boots and answers in a few tenths more. A ping each second makes it speak (session.PING_MS).
SILENCE_MS = 3_000
# A timer that is so late was not served because nobody was: it tells nothing about the console,
# whose words of that time are still to be read. Less is a busy computer.
LATE_MS = 3_000
# From opening the port to the first answer. A console that is just booting fits in (STATUS held for
# 1.5 s at power-up is what takes longest), and four hellos, of which three may get lost.
WELCOME_MS = 3_000
# To MicroPython's prompt the number of our hello is Ctrl-A, which it answers with the first of
# these; the others it shows at its start and after each line.
_PROMPT_SIGNS = (b"raw REPL; CTRL-B", b"\r\n>>> ", b"MicroPython v")
_LEAVE_RAW_PROMPT = b"\x02"
# What was heard before the welcome is kept for that, up to a length that shows any of them.
_HEARD_BYTES = 1_024


class ConsoleConnection(asyncio.Protocol):
    """Feeds a HostSession from a transport until either end gives up.

    `closed` is done when the connection is of no more use; its exception says why, where
    there is a why. `released` is set when the port is free for somebody else again.
    """

    def __init__(
        self, session: HostSession, name: str, gap_ms: Callable[[], float] = clock_gap_ms
    ) -> None:
        self._session = session
        self._gap_ms = gap_ms
        self._standstill = Standstill(gap_ms())
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ms = 0.0
        self._deadline = 0.0
        self._opened_ms = 0.0
        # Frames that leave together: each write costs more than making what is written.
        self._gathered: list[bytes] | None = None
        self._heard = b""
        self._paused = False
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.released = asyncio.Event()
        self.released.set()

    def _now(self) -> float:
        return self._loop.time() * 1000

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        assert isinstance(transport, asyncio.Transport)
        if self.closed.done():
            # Given up between the port's opening and this call.
            transport.abort()
            return
        self._transport = transport
        self.released.clear()
        _log.info("port opened", port=self._name)
        self._opened_ms = self._now()
        self._session.begin(self._write, self._opened_ms)
        self._arm()

    def _write(self, data: bytes) -> None:
        if self._gathered is not None:
            self._gathered.append(data)
        else:
            self._send(data)

    def _send(self, data: bytes) -> None:
        if self._paused:
            # The console does not read. Everything we say is repeated or outdated soon,
            # so a frame is dropped rather than kept for later.
            self._session.errors["send_dropped"] += 1
        elif self._transport is not None:
            self._transport.write(data)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self._paused = True

    def resume_writing(self) -> None:
        """The transport's buffer has drained."""
        self._paused = False

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the session."""
        if self._transport is not None:
            self._work(self._receive, data)

    def _receive(self, data: bytes) -> None:
        # Bytes are handed over before a timer that is due, however late that is.
        late = 0.0 if self._timer is None else self._now() - self._timer_ms
        self._notice_sleep(_unserved_ms(late))
        self._session.receive(data, self._now())
        if not self._session.established:
            self._look_for_prompt(data)
        self._arm()

    def _notice_sleep(self, unserved_ms: float) -> bool:
        """Begin a new session where this computer has slept or not served us for so long.

        Before anything else is done with a time or a byte: what comes now belongs to a session
        that is over, and the console repeats what counts, to be judged by a fresh clock.
        """
        slept_ms = self._standstill.grown_ms(self._gap_ms()) or unserved_ms
        if not slept_ms or self._transport is None:
            return False
        _log.info("slept", port=self._name, ms=round(slept_ms))
        self._session.end(
            _("This computer was asleep, or this program stopped, for {seconds} seconds.").format(
                seconds=max(1, round(slept_ms / 1000))
            )
        )
        self._heard = b""
        self._opened_ms = self._now()
        self._session.begin(self._write, self._opened_ms)
        return True

    def _look_for_prompt(self, data: bytes) -> None:
        if len(self._heard) >= _HEARD_BYTES:
            return
        self._heard += data
        if any(sign in self._heard for sign in _PROMPT_SIGNS):
            # A technician may want to type there: not at the raw prompt that we have called up.
            self._write(_LEAVE_RAW_PROMPT)
            raise ConsoleInMaintenance(
                _(
                    "MicroPython's prompt answers on {name}, not the console: it is in maintenance "
                    "mode, or has no CallDeck firmware. Unplug it and plug it in again without "
                    "touching a button; if that does not help, flash its firmware."
                ).format(name=self._name)
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """The port is gone, or we closed it."""
        if self._transport is not None:
            self.fail(
                ConsoleNotFound(
                    _("The console on {name} was unplugged or reset.").format(name=self._name)
                )
            )
        self.released.set()

    def fail(self, error: CalldeckError) -> None:
        """Give up for this reason."""
        if not self.closed.done():
            self.closed.set_exception(error)
        self._end(str(error))

    def close(self) -> None:
        """End it without a reason; harmless where it has ended."""
        if not self.closed.done():
            self.closed.set_result(None)
        self._end("")

    def _end(self, why: str) -> None:
        """End the session at once: the transport takes its time, and another may come before."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        _log.info("port given up", port=self._name, why=why, errors=dict(self._session.errors))
        try:
            self._session.end(why)
        finally:
            # Whoever is told may fail; a port that stayed open would be busy for ever.
            if not transport.is_closing():
                transport.abort()

    def changed(self) -> None:
        """The session was used from outside: its deadlines may be nearer now."""
        if self._transport is not None:
            self._arm()

    def _next_deadline(self) -> float:
        limit = self._session.heard_ms + SILENCE_MS
        if not self._session.established:
            limit = self._opened_ms + WELCOME_MS
        return min(limit, self._session.next_deadline())

    def _arm(self) -> None:
        """Have a timer that fires at the next deadline at the latest.

        One that fires sooner is left as it is: deadlines move on with every frame, and timers that
        are made and thrown away each time cost more than one that finds nothing to do.
        """
        # What is due already is no later than now: nobody has failed to serve it.
        deadline = max(self._next_deadline(), self._now())
        if self._timer is not None:
            if self._timer_ms <= deadline:
                return
            self._timer.cancel()
        self._timer_ms = deadline
        self._timer = self._loop.call_at(deadline / 1000, self._on_time)

    def _on_time(self) -> None:
        # A timer may fire a rounding error early; without this it would be armed again for the
        # same moment, for ever on a clock that stands still in between.
        now = max(self._now(), self._timer_ms)
        late = now - self._timer_ms
        self._timer = None
        self._deadline = self._next_deadline()
        if now >= self._deadline or late >= LATE_MS:
            self._work(self._serve_and_arm, now, late)
        else:
            self._arm()

    def _serve_and_arm(self, now: float, late: float) -> None:
        self._serve(now, late)
        self._arm()

    def _serve(self, now: float, late: float) -> None:
        """Do what is due by time; raises where the console has been silent for too long."""
        if self._notice_sleep(_unserved_ms(late)):
            return
        if not self._session.established:
            if now - self._opened_ms >= WELCOME_MS:
                raise self._no_welcome()
        elif self._deadline >= self._session.heard_ms + SILENCE_MS:
            raise ConsoleSilent(
                _(
                    "The console on {name} has said nothing for {seconds} seconds. Unplug it "
                    "and plug it in again; if that does not help, flash its firmware."
                ).format(name=self._name, seconds=SILENCE_MS // 1000)
            )
        else:
            # Time in which nobody served us is no silence of the console's: nobody asked it.
            self._session.heard_ms += late
        self._session.tick(now)

    def _work(self, job: Callable[[Unpack[_Given]], None], *given: *_Given) -> None:
        """Do a job of a callback; what it writes leaves at its end, in one piece.

        What goes wrong ends the connection. Left to the event loop, a bug would be printed and
        passed over, and a press with it: so it ends whoever waits for `closed`.
        """
        self._gathered = []
        try:
            job(*given)
        except CalldeckError as error:
            self._flush()
            self.fail(error)
        except Exception as error:  # noqa: BLE001 - handed on whole
            self._flush()
            if not self.closed.done():
                self.closed.set_exception(error)
            self._end(repr(error))
        else:
            self._flush()

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, None
        if gathered:
            self._send(b"".join(gathered))

    def _no_welcome(self) -> CalldeckError:
        if self._heard:
            return WrongDevice(
                _(
                    "What answers on {name} is not a CallDeck console. Name the console's own "
                    "port with --console, or flash the CallDeck firmware on this board."
                ).format(name=self._name)
            )
        return ConsoleSilent(
            _(
                "The port {name} opens, but no console answers on it. Check that the CallDeck "
                "firmware is on the board and that the board is not in maintenance mode."
            ).format(name=self._name)
        )


def _unserved_ms(late: float) -> float:
    """Return for how long nobody served us, by how late a timer is; 0 for a busy computer."""
    return late if late >= LATE_MS else 0.0
