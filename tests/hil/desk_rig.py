"""A rig whose agent can be brought into any status, and what a press came to, seen from outside."""

from __future__ import annotations

from typing import Any

from tests.hil.patterns import name_pattern
from tests.hil.rig import AGENT, Rig

from calldeck.acd.simulated import SwitchSettings
from calldeck.desk import AcdCommand, Direction, ForcedAcknowledged, HelpAcknowledged, Status, Verb
from calldeck.desk.lamps import attention
from calldeck.desk.profile import DEFAULT, OFF, Attention
from calldeck_console import pins

QUIET = SwitchSettings(
    callers_per_minute=0,
    answer_after_s=None,
    talk_s=(3600, 3600),
    patience_s=3600,
    ring_no_answer_s=3600,
    after_call_work_s=0,
)
"""Nothing happens but what a test lets happen."""

IN_CALL = (Status.RINGING, Status.TALKING, Status.HELD)
OF_THE_DESK = frozenset({Verb.LOGIN, Verb.MUTE, Verb.UNMUTE})
"""What the desk asks for by itself, and no button here does."""
DELIVERY_S = 0.05
"""A press has reached the ACD by then, and the lamps have changed."""
REFUSAL_S = 2.0
LOOK_S = 1.9


class DeskRig(Rig):
    """A desk whose agent is logged in, not ready, the microphone open.

    Shared by the tests of a file: `restore` brings it back there, and what was before is forgotten.
    """

    _lines_before = 0
    _commands_before = 0

    def begin(self) -> None:
        """Start the daemon and wait until all is quiet."""
        self.start_daemon()
        self.until(lambda: self.status == "not_ready")
        self.restore()

    def restore(self) -> None:
        """Bring everything back to how a test begins; fails where that is not possible."""
        for pin in pins.BUTTONS:
            self.pico.release(pin)
        self.pico.stop_reading(False)
        self.acd.reconnect()
        self.switch.refusals, self.switch.silent_until_s = 0, 0.0
        self.until(lambda: self.station.desk.confirmed, 2)
        if self.status in IN_CALL:
            self.end_call()
        for _caller in list(self.switch.callers):
            self.happen("abandon")
        # An emergency lasts until somebody comes.
        if self.station.desk.help is not None:
            self.station.sink(HelpAcknowledged(self.station.desk.help.number))
        # Logged out, no plan outlives.
        self.force("logged_out", cause="agent")
        self.force("not_ready", cause="agent", reason="unspecified")
        if self.mute_lamp:
            self.tap("MUTE")
        desk = self.station.desk
        if desk.forced is not None:
            self.station.sink(ForcedAcknowledged(desk.forced.number))
        for wanted in desk.unattended:
            self.station.sink(HelpAcknowledged(wanted.number))
        self.until(lambda: self.station.desk.next_deadline() is None, 8)
        self.settle()
        assert self.station.desk.downs == ()
        assert (self.status, self.mute_lamp) == ("not_ready", False)
        shown = attention(self.station.desk, round(self.now_s * 1000))
        assert shown is Attention.NONE, "nothing is left that calls for the agent"
        assert self.switch.callers == {}
        self.pico.forget_edges()
        self.switch.assists.clear()
        self.switch.emergencies.clear()
        self._lines_before = len(super().ledger_lines())
        self._commands_before = len(self.switch.submitted)

    def ledger_lines(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the ledger's lines since the test began, all or of one kind."""
        lines = super().ledger_lines()[self._lines_before :]
        return [line for line in lines if kind in (None, line["line"])]

    def settle(self) -> None:
        """Let what is on its way arrive."""
        self.run_for(DELIVERY_S)

    def force(self, status: str, cause: str = "supervisor", reason: str = "") -> None:
        """Let somebody else change the agent's status."""
        self.happen("force", status=status, cause=cause, reason=reason)
        self.settle()

    def be(self, status: Status, *, guarded: bool = False, **call: str) -> None:
        """Bring the agent, who is not ready, into a status, by their own doing.

        `guarded`: do not wait until the first moments of the call are over. `call`: its arguments.
        """
        if status is Status.NOT_READY:
            return
        if status is Status.LOGGED_OUT:
            self.force("logged_out", cause="agent")
            return
        self.force("available", cause="agent")
        if status is Status.AVAILABLE:
            return
        self.run_for(0.25)
        self.happen("call", **call)
        self.until(lambda: self.status == "ringing", 0.2)
        if status is not Status.RINGING:
            self.happen("answer")
        if not guarded:
            self.run_for(1.55)
        self.settle()
        if status is Status.HELD:
            self.tap("HOLD")
        if status is Status.AFTER_CALL_WORK:
            self.end_call()
        assert self.status == status

    def end_call(self) -> None:
        """Let the customer hang up, whether the call was answered or not."""
        call = self.switch.agent_report(AGENT).call
        assert call is not None
        waits = self.status == "ringing" and call.direction is Direction.INBOUND
        self.happen("abandon" if waits else "hang_up")
        self.settle()

    def hold_down(self, button: str, held_s: float) -> float:
        """Keep a button down for so long, and wait until what it caused has settled."""
        at_s = self.press(button, held_s)
        self.run_for(held_s + DELIVERY_S)
        return at_s

    def with_no_reader(self, button: str, held_s: float = 0.08) -> None:
        """Press a button while the host does not read: it hears of it later."""
        self.pico.stop_reading(True)
        self.press(button, held_s)
        self.run_for(held_s + 0.02)

    @property
    def reason(self) -> str:
        """The agent's reason for not ready, at the switch."""
        return self.switch.agent_report(AGENT).reason

    @property
    def asked(self) -> list[AcdCommand]:
        """What has been asked of the ACD for a hand at the console, in order."""
        submitted = self.switch.submitted[self._commands_before :]
        return [one for one in submitted if one.verb not in OF_THE_DESK]

    def asked_verbs(self) -> list[Verb]:
        """The verbs of that."""
        return [command.verb for command in self.asked]

    def ends_of(self, button: str) -> list[tuple[str, str]]:
        """How the presses of a button ended, in order; each has one end by now."""
        ends = self.ledger_lines("outcome")
        found = []
        for line in self.ledger_lines("received"):
            if line["button"] == button and line["pressed"]:
                [end] = [end for end in ends if end["press"] == line["press"]]
                found.append((end["outcome"], end["why"]))
        return found

    def notes(self, about: str) -> list[dict[str, Any]]:
        """The details of the ledger's notes about something."""
        return [line["details"] for line in self.ledger_lines("note") if line["about"] == about]

    def shows_status(self, status: Status) -> None:
        """Assert that the lamps of the status show it, on their pins."""
        light = DEFAULT.statuses[status]
        red = light.colour in ("red", "amber")
        green = light.colour in ("green", "amber")
        shown = self.patterns("availability_red", "availability_green", "hold")
        assert shown == {
            "availability_red": light.availability if red else OFF,
            "availability_green": light.availability if green else OFF,
            "hold": light.hold,
        }

    def shows_refusal(self, since_s: float, within_s: float = 0.02) -> None:
        """Assert that attention flashes twice a second for two seconds, and not a moment longer.

        It was dark, or showed a wish, at `since_s`; the refusal begins `within_s` of that.
        """
        [first, *_rest] = self.lamp_edges("attention", since_s)
        began_s = first.at_us / 1e6
        assert first.level
        assert began_s - since_s < within_s + DELIVERY_S, "the agent sees it at once"
        # A wish may have lit it a moment before, and the answer comes a moment later.
        from_us, until_us = (began_s + 0.02) * 1e6, (began_s + REFUSAL_S - 0.03) * 1e6
        self.run_for(max(0.0, until_us / 1e6 - self.now_s))
        edges = self.lamp_edges("attention", from_us / 1e6)
        edges = [edge for edge in edges if edge.at_us < until_us]
        assert name_pattern(True, edges, from_us, until_us) == "double"
        self.run_for(0.03 + DELIVERY_S)
        assert self.pattern("attention", 1.1) == OFF

    def refuses(self, button: str, why: str, held_s: float = 0.08) -> None:
        """Press a button; assert that it is refused, seen to be so, and changes nothing."""
        before, asked = self.switch.agent_report(AGENT), self.asked
        pressed_s = self.press(button, held_s)
        self.run_for(held_s + 0.02)
        self.shows_refusal(pressed_s, held_s)
        assert self.ends_of(button)[-1] == ("refused", why)
        assert self.asked == asked
        after = self.switch.agent_report(AGENT)
        for name in ("status", "reason", "call", "cause"):
            assert getattr(after, name) == getattr(before, name), name
