"""What is asked for at a page: login, logout, the phone."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import IN_CALL, Scene

from calldeck.desk import AcdLink, AgentFact, Button, Outcome, Status, Verb
from calldeck.desk.table import REQUESTS


def manual() -> Scene:
    """A desk at which nobody logs in by itself."""
    return Scene(login_at_start=False)


@pytest.mark.parametrize("verb", list(REQUESTS))
@pytest.mark.parametrize("status", list(Status))
def test_every_request_has_an_answer_in_every_status(verb: Verb, status: Status) -> None:
    scene = manual().starts(status)
    request = scene.ask(verb, "2001" if verb is Verb.LOGIN else "", "break")
    if verb is Verb.NOT_READY and status in IN_CALL:
        assert scene.asked == []
        assert scene.end_of_request(request) == ("noted", "planned")
    elif status in REQUESTS[verb]:
        assert scene.asked == [verb]
        assert request not in scene.requests
        scene.answer()
        assert scene.end_of_request(request) == ("confirmed", "")
    else:
        assert scene.asked == []
        assert scene.end_of_request(request)[0] == "refused"


@pytest.mark.parametrize(
    "status, verb, why",
    [
        (Status.AVAILABLE, Verb.LOGIN, "already_logged_in"),
        (Status.TALKING, Verb.LOGOUT, "call_active"),
        (Status.RINGING, Verb.LOGOUT, "call_active"),
        (Status.LOGGED_OUT, Verb.LOGOUT, "logged_out"),
        (Status.LOGGED_OUT, Verb.ANSWER, "logged_out"),
        (Status.TALKING, Verb.ANSWER, "not_possible_now"),
        (Status.RINGING, Verb.HANG_UP, "not_possible_now"),
    ],
)
def test_a_refusal_says_why(status: Status, verb: Verb, why: str) -> None:
    scene = manual().starts(status)
    assert scene.end_of_request(scene.ask(verb)) == ("refused", why)
    assert scene.lamps.attention == "off", "the page says it; the console was not pressed"


def test_without_the_acd_nothing_can_be_asked() -> None:
    scene = manual().starts(Status.LOGGED_OUT)
    scene.happens(AcdLink(False))
    assert scene.end_of_request(scene.ask(Verb.LOGIN, "2001")) == ("refused", "acd_down")


def test_who_logs_in_is_named_and_what_follows_is_theirs() -> None:
    scene = manual().starts(Status.LOGGED_OUT)
    scene.ask(Verb.LOGIN, "2001")
    assert scene.commands[0].agent == "2001"
    assert scene.commands[0].argument == "unspecified"
    scene.answer()
    scene.happens(AgentFact(Status.NOT_READY, "unspecified", None, False, "agent", "2001"))
    assert scene.desk.agent == "2001"
    scene.tap(Button.STATUS)
    assert scene.commands[1].agent == "2001"


def test_a_second_wish_of_the_same_kind_waits_for_the_answer_to_the_first() -> None:
    scene = manual().starts(Status.LOGGED_OUT)
    scene.ask(Verb.LOGIN, "2001")
    assert scene.end_of_request(scene.ask(Verb.LOGIN, "2002")) == ("refused", "command_unanswered")
    ringing = manual().starts(Status.RINGING)
    ringing.ask(Verb.ANSWER)
    assert ringing.end_of_request(ringing.ask(Verb.ANSWER)) == ("refused", "command_unanswered")
    assert ringing.asked == ["answer"]


def test_a_login_that_failed_is_not_repeated_by_somebody_elses_press() -> None:
    scene = manual().starts(Status.LOGGED_OUT)
    request = scene.ask(Verb.LOGIN, "2001")
    scene.answer(Outcome.DENIED, "queue closed")
    assert scene.end_of_request(request) == ("denied", "queue closed")
    press = scene.tap(Button.STATUS)
    assert scene.end_of(press) == ("refused", "logged_out")
    assert scene.asked == ["login"]


def test_after_a_logout_nobody_is_logged_in_by_itself() -> None:
    scene = Scene().starts(Status.LOGGED_OUT)
    assert scene.asked == ["login"]
    scene.answer()
    scene.fact(Status.NOT_READY)
    scene.ask(Verb.LOGOUT)
    scene.answer()
    scene.fact(Status.LOGGED_OUT)
    scene.happens(AcdLink(False))
    scene.happens(AcdLink(True))
    scene.fact(Status.LOGGED_OUT)
    assert scene.asked == ["login", "logout"]


def test_the_acd_silent_or_gone_ends_a_request_too() -> None:
    scene = manual().starts(Status.RINGING)
    silent = scene.ask(Verb.ANSWER)
    scene.wait(3000)
    assert scene.end_of_request(silent) == ("timed_out", "timed_out")
    gone = scene.ask(Verb.ANSWER)
    scene.happens(AcdLink(False))
    assert scene.end_of_request(gone) == ("unknown", "acd_link_down")


def test_the_phone_names_its_call() -> None:
    scene = manual().starts(Status.RINGING)
    scene.ask(Verb.ANSWER)
    assert scene.commands[0].call == "call-1"
