"""The lamp plan of the desk, put into the terms of the wire: pattern slots and flags."""

from dataclasses import fields
from functools import lru_cache

from calldeck.desk import Headset, LampPlan, View, lamps
from calldeck.link.model import LampContent
from calldeck_wire import messages

_HEADSETS = {
    Headset.INLINE: messages.HEADSET_INLINE,
    Headset.USB: messages.HEADSET_USB,
    Headset.NONE: messages.HEADSET_NONE,
}
_SLOTS = {
    "off": messages.SLOT_OFF,
    "steady": messages.SLOT_STEADY,
    **{name: messages.FIRST_SLOT + place for place, name in enumerate(sorted(lamps.PATTERNS))},
}
_LAMP_FIELDS = [field.name for field in fields(LampPlan)][: messages.LAMP_COUNT]


def pattern_slots() -> dict[int, tuple[int, ...]]:
    """Return the patterns that a console must know, by slot."""
    return {_SLOTS[name]: tuple(steps) for name, steps in lamps.PATTERNS.items()}


def lamp_content(
    plan: LampPlan, headset: Headset, view: View, *, night: bool = False
) -> LampContent:
    """Return what the console is told to show; presses made on it come back with `view`."""
    flags = _HEADSETS[headset]
    if night:
        flags |= messages.FLAG_NIGHT
    if plan.confirmed_mute:
        flags |= messages.FLAG_CONFIRMED_MUTE
    if plan.call_active:
        flags |= messages.FLAG_CALL_ACTIVE
    return LampContent(_slots(plan), flags, view)


@lru_cache(maxsize=1024)
def _slots(plan: LampPlan) -> bytes:
    """Return the slots of a plan, of which there are few: many desks show the same."""
    return bytes(_SLOTS[getattr(plan, name)] for name in _LAMP_FIELDS)
