"""The table of the state machine has a deliberate answer everywhere, and `step` keeps to it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.desk.scene import CALL, IN_CALL, Scene

from calldeck.desk import (
    AcdLink,
    AgentFact,
    Asked,
    Button,
    CommandResult,
    ConsoleLink,
    ContactMarked,
    DeadlinePassed,
    Edge,
    EdgesCancelled,
    EquipmentFault,
    Event,
    ForcedAcknowledged,
    Gesture,
    Held,
    HelpAcknowledged,
    MicrophoneChanged,
    Outcome,
    PressEnded,
    QueueFact,
    Status,
    SystemMicrophone,
    Verb,
)
from calldeck.desk.table import (
    GESTURES,
    PASSAGES,
    REQUESTS,
    TRAITS,
    Answer,
    Ask,
    AskOfVoice,
    ChooseReason,
    EndWork,
    LoginAgain,
    OfferLogout,
    Passage,
    Plan,
    Refuse,
    TakeNote,
    TwoTaps,
)
from calldeck.desk.terms import GESTURE_BUTTON, VERB_BUTTON


def test_every_status_has_an_answer_to_everything() -> None:
    assert set(GESTURES) == set(itertools.product(Status, Gesture))
    assert set(PASSAGES) == set(itertools.product(Status, Status))
    assert set(TRAITS) == set(Status)
    assert set(VERB_BUTTON) == set(Verb) - {Verb.ANSWER, Verb.HANG_UP}
    assert {GESTURE_BUTTON[gesture] for gesture in Gesture} == set(Button)


def test_a_status_is_no_passage_to_itself_and_every_other_one_is() -> None:
    for (before, after), passage in PASSAGES.items():
        assert (passage is Passage.SAME) == (before is after)


def test_no_button_asks_to_end_a_call() -> None:
    verbs = {answer.verb for answer in GESTURES.values() if isinstance(answer, Ask | AskOfVoice)}
    assert Verb.HANG_UP not in verbs
    assert not {Status.TALKING, Status.HELD, Status.RINGING} & REQUESTS[Verb.LOGOUT]


def answered(scene: Scene, press: str, answer: Answer) -> bool:
    """Tell whether a press got this answer of the table."""
    match answer:
        case Ask(verb) | AskOfVoice(verb):
            return scene.asked == [verb]
        case EndWork():
            return scene.asked == ["end_work"]
        case Plan(verb):
            return scene.desk.plan is not None and scene.desk.plan.verb is verb
        case ChooseReason():
            return scene.desk.choosing_reason and scene.end_of(press) == ("noted", "choosing")
        case OfferLogout():
            offered = scene.desk.choice is not None and scene.desk.choice.place == 0
            return offered and scene.end_of(press)[0] == "noted"
        case Refuse(why) | LoginAgain(otherwise=why):
            return scene.end_of(press) == ("refused", why)
        case TakeNote(why_noted):
            return scene.end_of(press) == ("noted", why_noted)
        case TwoTaps():
            return scene.end_of(press)[0] in ("noted", "refused", "confirmed") or bool(scene.asked)


@pytest.mark.parametrize("status, gesture", list(GESTURES))
def test_a_gesture_gets_the_answer_of_the_table(status: Status, gesture: Gesture) -> None:
    scene = Scene(login_at_start=False).starts(status)
    press = scene.gesture(gesture)
    assert answered(scene, press, GESTURES[status, gesture])


@pytest.mark.parametrize("status, gesture", list(GESTURES))
def test_only_where_the_table_says_so_a_failed_login_is_asked_for_again(
    status: Status, gesture: Gesture
) -> None:
    scene = Scene().starts(Status.LOGGED_OUT)
    scene.answer(Outcome.DENIED, "no")
    scene.fact(status, cause="agent")
    scene.wait(1500)
    scene.gesture(gesture)
    again = isinstance(GESTURES[status, gesture], LoginAgain)
    # Two taps are two of them, and the second finds the first one's command unanswered.
    again |= status is Status.LOGGED_OUT and gesture is Gesture.STATUS_DOUBLE_TAP
    assert scene.asked.count("login") == (2 if again else 1)


@pytest.mark.parametrize("before, after", list(itertools.product(Status, Status)))
def test_a_fact_leads_from_anywhere_to_anywhere(before: Status, after: Status) -> None:
    scene = Scene(login_at_start=False).starts(before)
    scene.fact(after, reason="why", cause="who")
    assert (scene.desk.status, scene.desk.reason, scene.desk.cause) == (after, "why", "who")


ROOT = Path(__file__).parents[3]

EVENTS: tuple[Event, ...] = (
    *(Edge("x", button, pressed, 5, None) for button in Button for pressed in (True, False)),
    Held(tuple(Button), 5000),
    EdgesCancelled("why"),
    PressEnded("x", "expired", "expired"),
    *(Asked("request", verb, "1002", "break") for verb in REQUESTS),
    ContactMarked("request", "call-1", unresolved=True),
    HelpAcknowledged(1),
    ForcedAcknowledged(1),
    MicrophoneChanged(True, 9, "cause"),
    *(SystemMicrophone(muted) for muted in (True, False, None)),
    EquipmentFault("stuck_button MUTE", present=True),
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


def test_the_page_of_the_state_machine_says_what_the_tables_say() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "host_tools" / "state_tables.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
