"""The microphone: one state, one counter, one rule for MUTE. Works with the host dead.

Open: the press mutes at once; a release before `cough_ms` leaves it muted, a later one
opens it again (cough key). Muted: the press changes nothing; a release before `cough_ms`
opens, a longer press leaves it muted. So no press ever opens by going down, and a
cough is never heard.
"""

from calldeck_wire import messages
from calldeck_wire.emit import micropython
from calldeck_wire.modular import MASK, difference

COUGH_MS = 250
REPEAT_MS = 100


class Microphone:
    """The console's own microphone state and what the host has been told of it."""

    def __init__(self, muted: bool = True) -> None:
        self.muted = muted
        self.plugged = False
        self.counter = 1
        self.cause = messages.MICROPHONE_BY_RESET
        self.down = False
        self.down_ms = 0
        self.was_open = False
        self.told = 0  # counter that the host has acknowledged
        self.report_ms = 0
        self.reported = False  # whether `report_ms` counts

    @micropython.native
    def edge(self, pressed: bool, ms: int, cough_ms: int) -> None:
        """Apply the rule to an edge of MUTE."""
        if pressed:
            self.down = True
            self.down_ms = ms
            self.was_open = not self.muted
            if self.was_open:
                self._set(True, messages.MICROPHONE_BY_BUTTON)
            return
        if not self.down:
            return
        self.down = False
        short = difference(ms, self.down_ms) < cough_ms
        if self.muted and short != self.was_open:
            self._set(False, messages.MICROPHONE_BY_BUTTON)

    def request(self, based_on: int, muted: bool) -> int:
        """Apply a request of the host; return RESULT_DONE or RESULT_STALE.

        While MUTE is down the agent's hand decides, and the release is still to come.
        """
        if self.down or based_on != self.counter:
            return messages.RESULT_STALE
        if muted != self.muted:
            self._set(muted, messages.MICROPHONE_BY_HOST)
        return messages.RESULT_DONE

    def plug(self, plugged: bool) -> None:
        """Note that a headset was plugged in or pulled out."""
        self.plugged = plugged
        self._set(self.muted, messages.MICROPHONE_BY_PLUG)

    @micropython.native
    def net_muted(self, headset: int, confirmed_mute: bool) -> bool:
        """Return the level of the control net, on which the mute lamp hangs.

        `confirmed_mute` is the leased fact that operating system or PBX mute; it
        must be False when the lease is gone. (DESIGN.md decision 6.)
        """
        if headset == messages.HEADSET_INLINE and self.plugged:
            return self.muted
        return confirmed_mute

    @micropython.native
    def acknowledge(self, counter: int) -> None:
        """Note the newest report that the host has seen."""
        if difference(self.counter, counter) >= 0:
            self.told = counter

    @micropython.native
    def due(self, now: int) -> bool:
        """Tell whether a report must go out now."""
        if self.told == self.counter:
            return False
        return not self.reported or difference(now, self.report_ms) >= REPEAT_MS

    def mark_reported(self, now: int) -> None:
        """Note that a report is on its way."""
        self.reported = True
        self.report_ms = now

    def retell(self) -> None:
        """Report again whatever was told before: a new session has begun."""
        self.told = (self.counter - 1) & MASK
        self.reported = False

    @micropython.native
    def wait_ms(self, now: int) -> int:
        """Return the ms until the next report is due, -1 for never."""
        if self.told == self.counter:
            return -1
        if not self.reported:
            return 0
        left = REPEAT_MS - difference(now, self.report_ms)
        return left if left > 0 else 0

    def _set(self, muted: bool, cause: int) -> None:
        self.muted = muted
        self.cause = cause
        self.counter = (self.counter + 1) & MASK
        self.reported = False

    def copy_to(self, other: "Microphone") -> None:
        """Make `other` equal to this one."""
        other.muted = self.muted
        other.plugged = self.plugged
        other.counter = self.counter
        other.cause = self.cause
        other.down = self.down
        other.down_ms = self.down_ms
        other.was_open = self.was_open
        other.told = self.told
        other.report_ms = self.report_ms
        other.reported = self.reported

    def key(self, now: int) -> tuple[object, ...]:
        """Return what decides the future of the microphone; counter relative to the told one."""
        held = difference(now, self.down_ms) if self.down else -1
        untold = difference(self.counter, self.told)
        since = difference(now, self.report_ms) if untold and self.reported else -1
        return (self.muted, self.plugged, self.cause, held, self.was_open, untold, since)
