"""Console time, estimated from pings."""

from collections import deque

from calldeck_wire.modular import add, difference

_SAMPLES = 16
# More than drift and whole milliseconds can explain.
_JUMP_MS = 10
# What an estimate may be short of beyond half a round trip: the console tells whole milliseconds,
# we round to such, and two crystals drift apart over 16 pings by under 2 ms.
GRAIN_MS = 3.5


class ConsoleClock:
    """Maps the console's milliseconds to the host's and back.

    Each exchange tells that the console's clock stood at some value between two host
    times. Of the last 16 the one with the shortest round trip is believed, with its
    middle: the error is at most half that trip and GRAIN_MS. An answer that older ones
    contradict by more proves that a clock has jumped (a computer's stands still while it
    sleeps): they are forgotten.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float, int]] = deque(maxlen=_SAMPLES)

    def sample(self, sent_ms: float, received_ms: float, console_ms: int) -> None:
        """Take one exchange: host times of question and answer, console time in it."""
        trip = max(0.0, received_ms - sent_ms)
        middle = (sent_ms + received_ms) / 2
        if self._samples:
            allowed = trip / 2 + self.uncertainty_ms + _JUMP_MS
            if abs(difference(self.console_ms(middle), console_ms)) > allowed:
                self._samples.clear()
        self._samples.append((trip, middle, console_ms))

    @property
    def known(self) -> bool:
        """Whether any exchange has been seen."""
        return bool(self._samples)

    @property
    def uncertainty_ms(self) -> float:
        """How far off an estimate can be, in ms."""
        return min(self._samples)[0] / 2 + GRAIN_MS

    def console_ms(self, host_ms: float) -> int:
        """Return the console's time at a host time."""
        _, middle, console = min(self._samples)
        return add(console, round(host_ms - middle))

    def age_ms(self, console_ms: int, host_ms: float) -> int:
        """Return how long before `host_ms` a console time was; never less than 0.

        A time in the future beyond the clocks' error can only be one that is half a
        ring (six days) old or more; it comes back as that.
        """
        age = difference(self.console_ms(host_ms), console_ms)
        if age < -1000:
            return age + (1 << 30)
        return max(0, age)
