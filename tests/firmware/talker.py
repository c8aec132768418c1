"""A host made by hand: it says one thing at a time to the emulated board, and hears the answer."""

from __future__ import annotations

from dataclasses import dataclass

from tests.firmware.device import run_for

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_wire import messages
from calldeck_wire.frames import FrameReader, encode_frame
from calldeck_wire.messages import Message

BOOT_US = 800_000
LONGEST_BOOT_US = 20_000_000
REFRESH_US = 500_000
LEASE_MS = 2_000


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of the console."""

    name: str
    values: tuple[int, ...]
    tail: bytes


class Talker:
    """Speaks with a board in one session after another, and acknowledges each edge.

    `flags` are those of its lamp states.
    """

    def __init__(self, pico: LockstepEmulator) -> None:
        self.pico = pico
        self.session = 0x5E550000
        self.flags = messages.HEADSET_USB
        self.heard: list[Heard] = []
        self._reader = FrameReader()
        self._ahead_ms = 0
        self._order = 0
        self._lease_us = 0

    # --- one thing at a time --------------------------------------------------------------

    def boot(self) -> Heard:
        """Wait until the board is there, and open a session."""
        run_for(self.pico, BOOT_US)
        while not self.pico.connected:  # a new board makes its file system first
            assert self.pico.now_us < self.pico.resets[-1].at_us + LONGEST_BOOT_US
            run_for(self.pico, BOOT_US)
        return self.hello()

    def hello(self) -> Heard:
        """Open a session; return the welcome."""
        self.session += 1
        self._order = 0
        self._reader = FrameReader()
        self._lease_us = 0
        self.say(messages.HELLO, 1, 1)
        welcome = self.until("welcome")
        self._ahead_ms = welcome.values[10] - round(self.pico.now_us / 1000)
        return welcome

    def say(self, message: Message, *values: object, tail: bytes = b"") -> None:
        self.pico.send(encode_frame(messages.encode(message, self.session, values, tail)))

    def order(self, message: Message, *values: object, tail: bytes = b"") -> None:
        """Give an order, and see that it is carried out."""
        self.say(message, self._order, *values, tail=tail)
        self._order += 1
        confirm = self.until("confirm")
        assert confirm.values == (self._order, messages.RESULT_DONE)

    def report(self) -> Heard:
        """Ask for the settings."""
        self.say(messages.REPORT_REQUEST, messages.REPORT_SETTINGS)
        return self.until("settings")

    def until(self, name: str, within_s: float = 0.1) -> Heard:
        """Run until a message comes."""
        before = len(self.heard)
        end_us = self.pico.now_us + within_s * 1e6
        while self.pico.run_until_output(end_us):
            self._listen()
            for heard in self.heard[before:]:
                if heard.name == name:
                    return heard
        raise AssertionError(f"no {name} within {within_s} s: {self.heard[before:]}")

    # --- time -----------------------------------------------------------------------------

    def lease(self) -> None:
        """Send the lamp state, all dark."""
        until = round(self.pico.now_us / 1000) + self._ahead_ms + LEASE_MS
        self.say(messages.LAMPS, 1, until, self.flags, bytes(messages.LAMP_COUNT))
        self._lease_us = round(self.pico.now_us) + REFRESH_US

    def run_until(self, t_us: float) -> None:
        """Let time pass to a whole microsecond, and renew the lamp state in it."""
        t_us = round(t_us)
        while self.pico.now_us < t_us:
            if self.pico.now_us >= self._lease_us:
                self.lease()
            self.pico.run_until_output(min(t_us, self._lease_us))
            self._listen()

    def run_for(self, seconds: float) -> None:
        self.run_until(self.pico.now_us + seconds * 1e6)

    def _listen(self) -> None:
        for chunk in self.pico.read():
            for payload in self._reader.feed(chunk.data):
                message = messages.BY_NUMBER[messages.peek(payload)[0]]
                values = messages.decode(message, payload)
                assert values is not None
                tail = messages.tail_of(message, payload) if message.tail else b""
                self.heard.append(Heard(message.name, values, tail))
                if message is messages.EDGE and self.pico.connected:
                    self.say(messages.ACKNOWLEDGE, values[1] + 1, 0)

    def all(self, name: str) -> list[tuple[int, ...]]:
        """Return the values of all messages of a kind."""
        return [heard.values for heard in self.heard if heard.name == name]
