"""What one search is about, and how an invariant says that it does not hold."""

from __future__ import annotations

from dataclasses import dataclass

from calldeck.desk import Channel, Headset


@dataclass(frozen=True)
class Run:
    """One model: which buttons, which ACD, which bounds.

    `actions`: the words of `actions.ACTIONS` that can happen. `most_up`: edges on their way at one
    time; `slow`: lamp states may take their time. `starts`: the desk knows nothing at first.
    `prefix`: what happens before the search begins. `most`: states that the full check looks at.
    """

    name: str
    actions: tuple[str, ...]
    headset: Headset = Headset.INLINE
    channel: Channel = Channel.VOICE
    tells_mute: bool = True
    most_up: int = 1
    most_down: int = 1
    slow: bool = True
    starts: bool = False
    prefix: tuple[str, ...] = ()
    most: int = 25_000


class Broken(AssertionError):
    """An invariant does not hold; `rule` is its name, `step` what broke it, where it was one."""

    def __init__(self, rule: str, said: str) -> None:
        super().__init__(f"{rule}: {said}")
        self.rule = rule
        self.step = ""
