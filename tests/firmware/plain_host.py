"""A plain host at the other end of an emulated console's cable: no daemon, no ACD, no clock but
the emulator's. It says hello, acknowledges what it hears, keeps lamps leased and pings.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_wire import messages
from calldeck_wire.frames import FrameReader, encode_frame
from calldeck_wire.messages import Message
from calldeck_wire.modular import MASK, add, difference

REFRESH_US = 500_000
PING_US = 1_000_000
LEASE_MS = 2_000
ORDER_US = 100_000
DARK = bytes(messages.LAMP_COUNT)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of the console's, and the emulated microsecond of its last byte."""

    at_us: float
    message: Message
    values: tuple[int, ...]
    tail: bytes


class PlainHost:
    """Speaks with the console of `pico`; time passes by `run_for` and `run_until` alone."""

    def __init__(self, pico: LockstepEmulator, *, session: int = 0x0BADCAFE) -> None:
        self.pico = pico
        self.session = session
        self.heard: list[Heard] = []
        self.edges: list[Heard] = []
        """Each edge once, in the order of their numbers."""
        self.welcome: tuple[int, ...] = ()
        self.acknowledging = True
        self.flags = messages.HEADSET_INLINE
        self.slots = DARK
        self.number = 0
        self._orders: list[tuple[Message, tuple[object, ...], bytes]] = []
        self._order = 0
        self._order_at_us = 0.0
        self._reader = FrameReader()
        self._expected: int | None = None
        self._microphone = 0
        self._console_ms = 0
        self._console_at_us = 0.0
        self._refresh_at_us = float("inf")
        self._ping_at_us = float("inf")
        self._token = 0

    # --- what is said ---------------------------------------------------------------------

    def say(self, message: Message, *values: object, tail: bytes = b"") -> float:
        """Send a message now; return the microsecond."""
        payload = messages.encode(message, self.session, values, tail)
        self.pico.send(encode_frame(payload))
        return self.pico.now_us

    def connect(self, *, patience_us: float = 2_000_000) -> tuple[int, ...]:
        """Say hello as soon as there is somebody to hear it, and again; return the welcome."""
        deadline_us = self.pico.now_us + patience_us
        self._forget_session()
        while not self.welcome:
            assert self.pico.now_us < deadline_us, "no answer to a hello"
            if not self.pico.connected:
                self.pico.run_until_output(deadline_us)
                continue
            self.session = add(self.session, 1)
            self.say(messages.HELLO, 1, 1)
            self._listen(self.pico.now_us + 50_000, until=messages.WELCOME)
        return self.welcome

    def _forget_session(self) -> None:
        self.welcome = ()
        self._reader = FrameReader()
        self._orders.clear()
        self._order = 0
        self.number = 0

    def order(self, message: Message, *values: object, tail: bytes = b"") -> int:
        """Give an order, and wait for its result."""
        self._orders.append((message, values, tail))
        self._order_at_us = 0.0
        number = self._order + len(self._orders)
        deadline_us = self.pico.now_us + 5_000_000
        while self._order < number:
            assert self.pico.now_us < deadline_us, f"no answer to the order {message.name}"
            self.run_for(1_000)
        return self.last(messages.CONFIRM).values[1]

    def show(self, slots: bytes | None = None, **named: int) -> float:
        """Have lamps shown from now on: slots by the names of the lamps, or all of them."""
        self.slots = slots or bytes(named.get(name, 0) for name in messages.LAMPS_ORDER)
        self.number = add(self.number, 1) or 1
        self._refresh_at_us = self.pico.now_us + REFRESH_US
        self._ping_at_us = min(self._ping_at_us, self.pico.now_us + PING_US)
        return self._say_lamps()

    def console_ms(self) -> int:
        """Return about what the console's clock reads now."""
        return add(self._console_ms, round((self.pico.now_us - self._console_at_us) / 1000))

    def _say_lamps(self) -> float:
        until = add(self.console_ms(), LEASE_MS)
        return self.say(messages.LAMPS, self.number, until, self.flags, self.slots)

    def fall_silent(self) -> None:
        """Send nothing by itself any more."""
        self._refresh_at_us = self._ping_at_us = float("inf")

    # --- time -----------------------------------------------------------------------------

    def run_for(self, microseconds: float) -> None:
        """Let time pass, and do meanwhile what a host does."""
        self.run_until(self.pico.now_us + microseconds)

    def run_until(self, at_us: float) -> None:
        """Let time pass until an emulated microsecond."""
        self._listen(at_us)

    def _listen(self, at_us: float, until: Message | None = None) -> None:
        while self.pico.now_us < at_us:
            self._act()
            waiting = self._order_at_us if self._orders else float("inf")
            due = min(at_us, self._refresh_at_us, self._ping_at_us, waiting)
            self.pico.run_until_output(max(due, self.pico.now_us + 1))
            if self._take(until):
                return

    def _act(self) -> None:
        now_us = self.pico.now_us
        if not self.pico.connected or not self.welcome:
            return
        if now_us >= self._ping_at_us:
            self._ping_at_us = now_us + PING_US
            self._token = add(self._token, 1)
            self.say(messages.PING, self._token)
        if now_us >= self._refresh_at_us:
            self._refresh_at_us = now_us + REFRESH_US
            self._say_lamps()
        if self._orders and now_us >= self._order_at_us:
            self._order_at_us = now_us + ORDER_US
            message, values, tail = self._orders[0]
            self.say(message, self._order, *values, tail=tail)

    # --- what is heard --------------------------------------------------------------------

    def _take(self, until: Message | None) -> bool:
        found = owing = False
        for chunk in self.pico.read():
            for payload in self._reader.feed(chunk.data):
                number, session = messages.peek(payload)
                if session != self.session:
                    continue
                message = messages.BY_NUMBER[number]
                values = messages.decode(message, payload)
                assert values is not None
                tail = messages.tail_of(message, payload)
                news = Heard(chunk.at_us, message, values, tail)
                self.heard.append(news)
                owing |= self._note(news)
                found |= message is until
        if owing and self.acknowledging and self._expected is not None:
            self.say(messages.ACKNOWLEDGE, self._expected, self._microphone)
        return found

    def _note(self, news: Heard) -> bool:
        """Take notice; True where an acknowledgement is owed."""
        message, values = news.message, news.values
        if message is messages.WELCOME:
            self.welcome = values
            if values[2] == 0 or self._expected is None:
                self._expected = values[3]
            self._console_ms, self._console_at_us = values[10], news.at_us
        elif message is messages.PONG:
            self._console_ms, self._console_at_us = values[1], news.at_us
        elif message is messages.CONFIRM and self._orders:
            if values[0] == self._order + 1:
                self._orders.pop(0)
                self._order = values[0]
                self._order_at_us = 0.0
        elif message is messages.MICROPHONE:
            self._microphone = values[0]
            return True
        elif message is messages.EDGE:
            self._take_edge(news)
            return True
        return False

    def _take_edge(self, news: Heard) -> None:
        sequence, back = news.values[1:3]
        assert self._expected is not None
        if difference(add(sequence, -back), self._expected) > 0:
            self._expected = add(sequence, -back)  # what came before was dropped
        if sequence == self._expected:
            self.edges.append(news)
            self._expected = add(sequence, 1)

    def of(self, message: Message, since: int = 0) -> Iterator[Heard]:
        """Give all messages of one kind, of those heard from a place on."""
        return (news for news in self.heard[since:] if news.message is message)

    def last(self, message: Message) -> Heard:
        """Give the newest message of a kind."""
        return next(news for news in reversed(self.heard) if news.message is message)

    def ask(self, report: int, message: Message) -> tuple[int, ...]:
        """Ask for a report, and wait for it."""
        since = len(self.heard)
        self.say(messages.REPORT_REQUEST, report)
        deadline_us = self.pico.now_us + 2_000_000
        while True:
            for news in self.of(message, since):
                return news.values
            assert self.pico.now_us < deadline_us, f"no report {message.name}"
            self.run_for(1_000)

    def statistics(self) -> dict[str, int]:
        """Ask for the console's statistics; return them by their names in the message table."""
        values = self.ask(messages.REPORT_STATS, messages.STATS)
        names = [field[0] for field in messages.STATS.fields]
        return dict(zip(names, values, strict=True))

    # --- fingers --------------------------------------------------------------------------

    def press(self, button: int, at_us: float, held_us: float) -> None:
        """Have a button pressed and let go at its times."""
        pin = pins.BUTTONS[button]
        self.pico.drive(pin, False, at_us)
        self.pico.release(pin, at_us + held_us)


def presses_of(host: PlainHost) -> list[tuple[int, int]]:
    """Return (button, console ms) of each press heard, in order."""
    return [
        (edge.values[3] & ~messages.EDGE_PRESSED, edge.values[4])
        for edge in host.edges
        if edge.values[3] & messages.EDGE_PRESSED
    ]


def numbers_follow(host: PlainHost) -> bool:
    """Tell whether no edge is missing between those heard."""
    numbers = [edge.values[1] for edge in host.edges]
    return all((b - a) & MASK == 1 for a, b in itertools.pairwise(numbers))
