"""Happenings: what a script or a test lets the simulated world do.

`call` (caller, queue, patience_s, channel), `outbound` (caller, channel: the agent places a call),
`answer`, `hang_up`, `abandon`, `refuse` (count, words), `silent` (for_s), `force` (status, reason,
cause). `answer` takes the call that rings: the agent takes one that has come, the customer one that
the agent has placed; `hang_up` ends such a one also while it rings. What makes no sense when its
time comes, such as `answer` with no phone ringing, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite

from calldeck.acd.simulated.agenda import Action
from calldeck.acd.simulated.commands import ANSWERED
from calldeck.acd.simulated.outbound import end_placed, is_placed, place_call
from calldeck.acd.simulated.records import Agent
from calldeck.acd.simulated.switch import SimulatedSwitch
from calldeck.desk import Cause, Channel, Status
from calldeck.text import translate as _

FORCED = (Status.LOGGED_OUT, Status.NOT_READY, Status.AVAILABLE)
"""What a supervisor can set; the other statuses come from calls alone."""


def happen(
    switch: SimulatedSwitch, name: str, arguments: Mapping[str, object], *, agent: str, at_s: float
) -> None:
    """Let something happen at `at_s`, to `agent` where it is about one.

    Raises ValueError, with a sentence for people, when there is no such happening or an argument
    lacks sense.
    """
    if name not in HAPPENINGS:
        known = ", ".join(HAPPENINGS)
        raise ValueError(
            _("There is no happening {name!r}; there are: {known}.").format(name=name, known=known)
        )
    words = _Arguments(name, arguments)
    action = HAPPENINGS[name](switch, switch.agents[agent], words)
    words.all_used()
    switch.soon(at_s, name, action)


class _Arguments:
    """Takes arguments by name and kind; refuses what is left over."""

    def __init__(self, happening: str, values: Mapping[str, object]) -> None:
        self._happening = happening
        self._values = dict(values)

    def text(self, key: str, default: str = "") -> str:
        value = self._values.pop(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, value, _("text"))
        return value

    def channel(self) -> Channel:
        word = self.text("channel", Channel.VOICE)
        if word not in frozenset(Channel):
            raise self.wrong("channel", word, ", ".join(Channel))
        return Channel(word)

    def seconds(self, key: str) -> float | None:
        value = self._values.pop(key, None)
        if value is None:
            return None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not isfinite(float(str(value))) or float(str(value)) <= 0:
            raise self.wrong(key, value, _("seconds, more than 0"))
        return float(str(value))

    def count(self, key: str, default: int) -> int:
        value = self._values.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.wrong(key, value, _("a whole number from 1"))
        return value

    def all_used(self) -> None:
        for key in self._values:
            raise ValueError(
                _("The happening {name!r} has no argument {key!r}; leave it out.").format(
                    name=self._happening, key=key
                )
            )

    def wrong(self, key: str, value: object, allowed: str) -> ValueError:
        return ValueError(
            _("{key} of the happening {name!r} is {value!r}; it must be {allowed}.").format(
                key=key, name=self._happening, value=value, allowed=allowed
            )
        )


def _call(switch: SimulatedSwitch, _agent: Agent, arguments: _Arguments) -> Action:
    number, patience_s = arguments.text("caller"), arguments.seconds("patience_s")
    queue = arguments.text("queue")
    if queue and queue not in switch.queues:
        raise arguments.wrong("queue", queue, ", ".join(map(repr, switch.queues.names)))
    return partial(switch.arrive, number, patience_s, queue, arguments.channel())


def _outbound(switch: SimulatedSwitch, agent: Agent, arguments: _Arguments) -> Action:
    return partial(place_call, switch, agent, arguments.text("caller"), arguments.channel())


def _answer(switch: SimulatedSwitch, agent: Agent, _arguments: _Arguments) -> Action:
    return partial(switch.answer, agent)


def _hang_up(switch: SimulatedSwitch, agent: Agent, _arguments: _Arguments) -> Action:
    def action() -> None:
        if is_placed(agent):
            end_placed(switch, agent, Cause.CUSTOMER_HUNG_UP)
        else:
            switch.hang_up(agent)

    return action


def _abandon(switch: SimulatedSwitch, _agent: Agent, _arguments: _Arguments) -> Action:
    return switch.abandon_longest


def _refuse(switch: SimulatedSwitch, _agent: Agent, arguments: _Arguments) -> Action:
    count, words = arguments.count("count", 1), arguments.text("words")

    def action() -> None:
        switch.refusals, switch.refusal_words = count, words or _("refused")

    return action


def _silent(switch: SimulatedSwitch, _agent: Agent, arguments: _Arguments) -> Action:
    for_s = arguments.seconds("for_s")
    if for_s is None:
        raise arguments.wrong("for_s", None, _("seconds, more than 0"))

    def action() -> None:
        switch.silent_until_s = max(switch.silent_until_s, switch.now_s + for_s)

    return action


def _force(switch: SimulatedSwitch, agent: Agent, arguments: _Arguments) -> Action:
    word = arguments.text("status")
    if word not in FORCED:
        raise arguments.wrong("status", word, ", ".join(FORCED))
    status, reason = Status(word), arguments.text("reason")
    cause = arguments.text("cause") or Cause.SUPERVISOR

    def action() -> None:
        if agent.status in ANSWERED or is_placed(agent):
            # No supervisor's click drops a customer: it counts from the end of the call.
            agent.after_call = (status, reason, cause)
        elif agent.status is Status.RINGING:
            switch.return_to_queue(agent, status, reason, cause)
        else:
            switch.leave_work(agent)
            switch.change(agent, status, reason=reason, cause=cause)

    return action


HAPPENINGS: Mapping[str, Callable[[SimulatedSwitch, Agent, _Arguments], Action]] = {
    "call": _call,
    "outbound": _outbound,
    "answer": _answer,
    "hang_up": _hang_up,
    "abandon": _abandon,
    "refuse": _refuse,
    "silent": _silent,
    "force": _force,
}
