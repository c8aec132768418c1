"""The runs: each a model of some buttons, an ACD and their bounds. Together they are the check.

The first ones have one button and few kinds of news, and are looked at in full. The others have
more, up to everything, and are looked at breadth first as far as their share of states reaches.
"""

from __future__ import annotations

from tests.model.acd import HOW
from tests.model.actions import ACTIONS
from tests.model.run import Run

from calldeck.desk import Channel, Headset, Status

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
    return tuple(f"ACD {how} {place}" for place in places for how in HOW)


_SAYS = tuple(f"ACD says {status.value}" for status in Status)
_CAUSES = ("agent is the cause", "supervisor is the cause")
_REFUSES = ("ACD does 1", "ACD refuses 1", "ACD loses 1")
_ALL = 120_000
"""More states than such a run has."""
_ONE, _TWO = _answers(1), _answers(1, 2)

RUNS: dict[str, Run] = {
    run.name: run
    for run in (
        Run("HOLD alone", (*_BASE, *_hand("HOLD"), *_ONE), slow=False, prefix=_TALKING, most=_ALL),
        Run("HOLD and a lost ACD", (*_BASE, *_ACD, *_hand("HOLD"), *_REFUSES), slow=False,
            prefix=_TALKING, most=_ALL),
        Run("HOLD and a broken cable", (*_BASE, *_CABLE, *_hand("HOLD"), *_REFUSES), slow=False,
            prefix=_TALKING, most=_ALL),
        Run("MUTE alone", (*_BASE, *_hand("MUTE"), *_ONE), slow=False, prefix=_TALKING, most=_ALL),
        Run("MUTE alone, usb", (*_BASE, *_hand("MUTE"), *_REFUSES, "system mutes", "system opens"),
            headset=Headset.USB, slow=False, prefix=_TALKING, most=_ALL),
        Run("STATUS alone", (*_BASE, *_hand("STATUS"), "held is told", *_ONE), slow=False,
            most=_ALL),
        Run("STATUS alone, after a call", (*_BASE, *_hand("STATUS"), "held is told", *_REFUSES),
            slow=False, prefix=_WORKING, most=_ALL),
        Run("STATUS alone, in a call", (*_BASE, *_hand("STATUS"), "held is told", *_REFUSES,
            "customer hangs up"), slow=False, prefix=_TALKING, most=_ALL),
        Run("ASSIST alone", (*_BASE, *_hand("ASSIST"), "held is told", *_REFUSES,
            "help is coming"), slow=False, most=_ALL),
        Run("facts", (*_BASE, *_ACD, *_SAYS, *_CAUSES, *_CABLE, "queue grows",
            "page acknowledges", "equipment fails", "equipment works"), slow=False),
        Run("facts and HOLD", (*_BASE, *_ACD, *_SAYS, *_hand("HOLD"), *_REFUSES,
            "ACD does, answering later 1", "ACD confirms 1"), slow=False),
        Run("facts and STATUS", (*_BASE, *_ACD, *_SAYS, "held is told", *_hand("STATUS"),
            *_REFUSES), slow=False),
        Run("facts and ASSIST", (*_BASE, *_SAYS, "held is told", *_hand("ASSIST"), *_REFUSES,
            "help is coming"), slow=False),
        Run("facts and MUTE", (*_BASE, *_SAYS, *_hand("MUTE"), *_REFUSES,
            "ACD does, answering later 1", "ACD confirms 1"), slow=False, most=60_000),
        Run("facts and the page", (*_BASE, *_SAYS, "page asks not_ready", "page asks logout",
            "page marks contact", "ACD does, answering later 1", "ACD confirms 1"), slow=False),
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
