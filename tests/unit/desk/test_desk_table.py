"""The table of the state machine has a deliberate answer everywhere, and `step` keeps to it."""

from __future__ import annotations

import itertools

import pytest
from tests.unit.desk.scene import CALL, IN_CALL, Scene

from calldeck.desk import (
    AcdLink,
    AgentFact,
    Button,
    CommandResult,
    ConsoleLink,
    DeadlinePassed,
    Edge,
    EdgesCancelled,
    Event,
    MicrophoneChanged,
    Outcome,
    PressEnded,
    QueueFact,
    Status,
    Verb,
)
from calldeck.desk.table import (
    PRESSES,
    TRAITS,
    Ask,
    EndWork,
    LoginAgain,
    PlanNotReady,
    Refuse,
    TakeNote,
)
from calldeck.desk.terms import VERB_BUTTON


def test_every_status_and_button_has_an_answer() -> None:
    assert set(PRESSES) == set(itertools.product(Status, Button))
    assert set(TRAITS) == set(Status)
    assert set(VERB_BUTTON) == set(Verb) - {Verb.ANSWER, Verb.HANG_UP}


@pytest.mark.parametrize("status, button", list(PRESSES))
def test_a_press_gets_the_answer_of_the_table(status: Status, button: Button) -> None:
    scene = Scene(login_at_start=False).starts(status)
    press = scene.tap(button)
    match PRESSES[status, button]:
        case Ask(verb):
            assert scene.asked == [verb]
        case EndWork():
            assert scene.asked == ["end_work"]
        case PlanNotReady():
            assert scene.desk.plan is not None
            assert scene.asked == []
        case Refuse(why) | LoginAgain(otherwise=why):
            assert scene.end_of(press) == ("refused", why)
        case TakeNote(why):
            assert scene.end_of(press) == ("noted", why)


@pytest.mark.parametrize("status, button", list(PRESSES))
def test_only_where_the_table_says_so_a_failed_login_is_asked_for_again(
    status: Status, button: Button
) -> None:
    scene = Scene().starts(Status.LOGGED_OUT)
    scene.answer(Outcome.DENIED, "no")
    scene.fact(status)
    scene.tap(button)
    again = isinstance(PRESSES[status, button], LoginAgain)
    assert scene.asked.count("login") == (2 if again else 1)


@pytest.mark.parametrize("before, after", list(itertools.product(Status, Status)))
def test_a_fact_leads_from_anywhere_to_anywhere(before: Status, after: Status) -> None:
    scene = Scene(login_at_start=False).starts(before)
    scene.fact(after, reason="why", cause="who")
    assert (scene.desk.status, scene.desk.reason, scene.desk.cause) == (after, "why", "who")


EVENTS: tuple[Event, ...] = (
    *(Edge("x", button, pressed, 5, None) for button in Button for pressed in (True, False)),
    EdgesCancelled("why"),
    PressEnded("x", "expired", "expired"),
    MicrophoneChanged(True, 9, "cause"),
    ConsoleLink(True),
    ConsoleLink(False),
    AcdLink(True),
    AcdLink(False),
    *(
        AgentFact(status, "", CALL if status in IN_CALL else None, False, "cause")
        for status in Status
    ),
    QueueFact(3, 1),
    *(CommandResult(1, outcome, "words") for outcome in Outcome),
    DeadlinePassed(),
)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_every_event_has_an_answer_in_every_status(status: Status, event: Event) -> None:
    scene = Scene(login_at_start=False).starts(status)
    commands = scene.happens(event)
    assert len([command for command in commands if command.press is not None]) <= 1
    deadline = scene.desk.next_deadline()
    assert deadline is None or deadline > scene.now
    assert scene.lamps is not None
