"""The hours in which the lamps are dimmed: `22:00-06:00`, by the clock on the wall."""

import re
from dataclasses import dataclass

from calldeck.text import translate as _

MINUTES_A_DAY = 24 * 60
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class NightHours:
    """From one minute of the day up to another, over midnight where the second is the smaller."""

    first: int
    end: int

    def holds(self, minute: int) -> bool:
        """Tell whether a minute of the day is one of the night."""
        return (minute - self.first) % MINUTES_A_DAY < (self.end - self.first) % MINUTES_A_DAY


def parse_night(text: str) -> NightHours | None:
    """Return the hours that a text names, None for an empty one.

    Raises ValueError with a sentence where it names none.
    """
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(_("write the night as 22:00-06:00, or leave it empty for none."))
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    hours = NightHours(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
    if hours.first == hours.end:
        raise ValueError(_("this night has no end. Leave it empty for none, or dim by day."))
    return hours
