"""The runs: each a model of some buttons, an ACD and their bounds. Together they are the check.

A run that is to be looked at in full must be small: few buttons, few kinds of news. The last ones
have everything and are looked at as far as their share of states reaches.
"""

from __future__ import annotations

from tests.model.actions import ACTIONS
from tests.model.world import Run

from calldeck.desk import Channel, Headset

_BASE = ("ACD is heard", "edge arrives", "microphone is told", "time passes")
_SLOW = ("lamps arrive",)
_ACD = ("ACD is lost", "ACD is back")
_CABLE = ("cable breaks", "cable is back")
_CALLS = ("call is offered", "call is answered", "caller gives up", "customer hangs up")
_FORCED = ("supervisor sets not ready", "work time is over", "no answer")
_AVAILABLE: tuple[str, ...] = ("time passes", "time passes")
_HEARD = ("ACD is heard", "time passes", "time passes")
_TALKING = (*_AVAILABLE, "call is put through", *_HEARD)
_WORKING = (*_TALKING, "customer hangs up", *_HEARD)


def _hand(*names: str) -> tuple[str, ...]:
    return tuple(f"{what} {name}" for name in names for what in ("press", "release"))


def _answers(*places: int) -> tuple[str, ...]:
    return tuple(
        f"ACD {how} {place}"
        for place in places
        for how in ("does", "does, telling the fact first", "does silently", "refuses", "loses")
    )


_ONE, _TWO = _answers(1), _answers(1, 2)

RUNS: dict[str, Run] = {
    run.name: run
    for run in (
        Run("hold", (*_BASE, *_SLOW, *_ACD, *_hand("HOLD"), *_ONE, *_CALLS,
            "another call is put through")),
        Run("hold by cable", (*_BASE, *_SLOW, *_CABLE, *_hand("HOLD"), *_ONE, "held elsewhere",
            "resumed elsewhere"), most_up=2, prefix=_TALKING),
        Run("hold of a chat", (*_BASE, *_SLOW, *_ACD, *_hand("HOLD", "MUTE"), *_ONE, *_CALLS),
            channel=Channel.CHAT, tells_mute=False),
        Run("status", (*_BASE, *_SLOW, "held is told", *_hand("STATUS"), *_ONE, *_FORCED),
            most_up=2),
        Run("status in a call", (*_BASE, "held is told", *_hand("STATUS"), *_ONE, *_CALLS,
            "work time is over"), slow=False, prefix=_TALKING),
        Run("status by cable", (*_BASE, *_CABLE, "held is told", *_hand("STATUS"), *_ONE),
            slow=False, most_up=2, prefix=_WORKING),
        Run("microphone inline", (*_BASE, *_SLOW, *_CABLE, *_hand("MUTE"), *_ONE,
            "headset is pulled", "headset is plugged", "muted elsewhere"), prefix=_TALKING),
        Run("microphone usb", (*_BASE, *_SLOW, *_CABLE, *_hand("MUTE"), *_ONE, "system mutes",
            "system opens", "system is unknown", "customer hangs up"), headset=Headset.USB,
            prefix=_TALKING),
        Run("microphone none", (*_BASE, *_SLOW, *_ACD, *_hand("MUTE"), *_TWO, "muted elsewhere",
            "customer hangs up", "call is put through"), headset=Headset.NONE, prefix=_TALKING),
        Run("help", (*_BASE, "held is told", *_hand("ASSIST"), *_TWO, *_ACD, "help is coming",
            "customer hangs up"), slow=False, prefix=_TALKING),
        Run("page", (*_BASE, *_ONE, *_ACD, *_CALLS, "page asks login", "page asks logout",
            "page asks answer", "page asks hang_up", "page asks not_ready"), slow=False,
            starts=True, prefix=("cable is back",)),
        Run("everything", tuple(ACTIONS), most_up=2, most_down=2),
        Run("everything in a call", tuple(ACTIONS), headset=Headset.USB, most_up=2, most_down=2,
            prefix=_TALKING),
        Run("everything from the start", tuple(ACTIONS), headset=Headset.NONE, most_up=2,
            most_down=2, starts=True),
    )
}  # fmt: skip
