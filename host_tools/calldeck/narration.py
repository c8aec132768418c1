"""What happens at a station, told to a person: one line for each thing worth one."""

from collections.abc import Callable, Sequence

from calldeck.config.options import Happening, Observer
from calldeck.desk import (
    AcdLink,
    AgentFact,
    CommandEnded,
    Desk,
    Event,
    HelpAcknowledged,
    LampPlan,
    Note,
    NoteCode,
    Outcome,
    Planned,
    PressOutcome,
    QueueFact,
    RequestEnded,
    Result,
    Status,
    Verb,
)
from calldeck.errors import CalldeckError
from calldeck.journal.lines import Received
from calldeck.link.console_flight import ConsoleFlight
from calldeck.link.model import ConsoleFault, MicrophoneReport, SettingsReport, Welcome
from calldeck.text import mark, translate_plural
from calldeck.text import translate as _

STATUS_TEXTS = {
    Status.LOGGED_OUT: mark("logged out"),
    Status.NOT_READY: mark("not ready"),
    Status.AVAILABLE: mark("available"),
    Status.RINGING: mark("ringing"),
    Status.TALKING: mark("talking"),
    Status.HELD: mark("customer on hold"),
    Status.AFTER_CALL_WORK: mark("after-call work"),
}
VERB_TEXTS = {
    Verb.LOGIN: mark("log in"),
    Verb.LOGOUT: mark("log out"),
    Verb.READY: mark("become available"),
    Verb.NOT_READY: mark("become not ready"),
    Verb.END_WORK: mark("end after-call work"),
    Verb.HOLD: mark("put the customer on hold"),
    Verb.RESUME: mark("take the customer back"),
    Verb.MUTE: mark("mute the agent"),
    Verb.UNMUTE: mark("unmute the agent"),
    Verb.ASSIST: mark("call the team leader"),
    Verb.EMERGENCY: mark("call for help in an emergency"),
    Verb.ANSWER: mark("answer the call"),
    Verb.HANG_UP: mark("hang up"),
}
OUTCOME_TEXTS = {
    Outcome.CONFIRMED: mark("confirmed"),
    Outcome.DENIED: mark("denied"),
    Outcome.TIMED_OUT: mark("not answered in time"),
    Outcome.UNKNOWN: mark("unknown whether carried out"),
}
WHY_TEXTS = {
    "status_changed": mark("status or call has changed since the press"),
    "command_unanswered": mark("the ACD has not answered the wish before"),
    "not_possible_now": mark("this button does nothing in this status"),
    "logged_out": mark("no agent is logged in"),
    "acd_down": mark("the ACD is not connected"),
    "not_shown": mark("the console did not show the present state"),
    "already_logged_in": mark("an agent is logged in here already"),
    "call_active": mark("a call is with this agent"),
    "console_link_down": mark("the console went away before the release"),
    "pressed_again": mark("the release before was never seen"),
    "daemon_restarted": mark("the program was restarted meanwhile"),
    "expired": mark("it arrived too late to act on"),
    "timed_out": mark("the ACD did not answer in time"),
    "planned": mark("planned for after this call"),
    "taken_back": mark("the plan for after this call is taken back"),
    "console_owns_microphone": mark("the console itself switches the microphone"),
    "help_already_wished": mark("help is already on its way"),
    "arrival_guard": mark("a call has only just come: press again if you mean it"),
    "channel_has_no_hold": mark("this contact cannot be held: nobody is on the line"),
    "channel_has_no_mute": mark("this contact hears nobody: there is nothing to mute"),
    "no_reasons": mark("there are no reasons to choose from"),
    "no_such_reason": mark("there is no such reason"),
    "no_such_disposition": mark("there is no such code for a contact"),
    "no_such_contact": mark("that is not the last contact of this desk"),
    "contact_goes_on": mark("the contact is not over yet"),
    "acknowledged": mark("the change was seen"),
    "choosing": mark("a choice is shown on the queue bar"),
    "logout_offered": mark("a logout is offered: press long to confirm it"),
    "choice_cancelled": mark("the offer is taken back"),
    "contact_marked": mark("the contact is marked"),
    "other_gesture": mark("the tap became part of another gesture"),
}
CAUSE_TEXTS = {
    "started": mark("it was so when CallDeck connected"),
    "agent": mark("wished at this desk"),
    "call_offered": mark("a call was offered"),
    "agent_hung_up": mark("hung up at this desk"),
    "call_answered": mark("the call was answered"),
    "caller_abandoned": mark("the caller hung up before the answer"),
    "customer_hung_up": mark("the customer hung up"),
    "no_answer": mark("the call was not answered"),
    "customer_not_reached": mark("the customer did not answer"),
    "work_time_over": mark("the time for after-call work is over"),
    "supervisor": mark("by a supervisor"),
    "elsewhere": mark("the agent works at another phone"),
    "acd_link_down": mark("it happened while the ACD was not connected"),
}
REASON_TEXTS = {
    "unspecified": mark("no reason given"),
    "no-answer": mark("a call was not answered"),
    "break": mark("break"),
    "lunch": mark("lunch"),
    "back-office": mark("back office"),
    "training": mark("training"),
    "meeting": mark("meeting"),
}
PENDING_TEXTS = {
    "not_ready": mark("not ready after this call"),
    "logout": mark("logged out after this call"),
}
NOTE_TEXTS = {
    NoteCode.HOLD_REMINDER: mark("the customer has been on hold for long"),
    NoteCode.MUTE_REMINDER: mark("muted for long: put a customer who is to wait on hold"),
}
FAULT_TEXTS = {
    "stuck_button": mark("A button is stuck down: {detail}."),
    "edge_overrun": mark("Button changes came too fast; {detail} were missed."),
    "edge_overflow": mark(
        "The console had to drop button changes, because the computer took none: {detail}."
    ),
    "input_repaired": mark(
        "An input had another level than it had told, and was corrected: {detail}."
    ),
    "settings_lost": mark("The console's stored settings cannot be read; its defaults are on."),
}


RESTART_TEXTS = {
    "power": mark("it was without power"),
    "watchdog": mark("its watchdog has reset it, because its program hung"),
    "pin": mark("its reset pin was used"),
    "exception": mark("its program ended by an error"),
    "ordered": mark("this program has reset it"),
    "elsewhere": mark("another program has reset it"),
    "unknown": mark("it does not tell why"),
}
# What a console's program was doing when it hung: stages of its loop.
STAGE_TEXTS = {
    "start": mark("starting"),
    "inputs": mark("reading the buttons"),
    "core": mark("working out what to do"),
    "lamps": mark("setting the lamps"),
    "link": mark("talking to the computer"),
    "wait": mark("waiting for something to do"),
    "collection": mark("tidying up its memory"),
    "flash": mark("saving its settings"),
    "reset": mark("restarting by order"),
    "error": mark("ending by an error"),
}
PART_TEXTS = {
    "inputs": mark("the buttons"),
    "lamps": mark("the lamps"),
    "link": mark("the link"),
}


def told(texts: dict[str, str], code: str) -> str:
    """Return a code in words; one that is no code of ours is already somebody's words."""
    return _(texts[code]) if code in texts else code


PATTERN_TEXTS = {
    "off": mark("off"),
    "steady": mark("steady"),
    "flash": mark("flashing"),
    "wink": mark("winking"),
    "blip": mark("blipping"),
    "double": mark("double flash"),
    "fast": mark("flashing fast"),
}
COLOUR_TEXTS = {
    (True, False, False): mark("red"),
    (False, True, False): mark("green"),
    (False, False, True): mark("blue"),
    (True, True, False): mark("amber"),
}
# That a wish is on its way is over in a moment; the command's own line tells it.
_PASSING = ("off", "blip")


def availability(plan: LampPlan) -> str:
    """Return in words what the availability lamp shows."""
    red, green, blue = plan.availability_red, plan.availability_green, plan.availability_blue
    colour = COLOUR_TEXTS.get((red != "off", green != "off", blue != "off"))
    pattern = next((pattern for pattern in (red, green, blue) if pattern != "off"), "off")
    return f"{_(colour)} {told(PATTERN_TEXTS, pattern)}" if colour else _("off")


def planned(plan: Planned | None) -> str:
    """Return in words what is planned for after the call; empty where nothing is."""
    if plan is None:
        return ""
    text = _(PENDING_TEXTS[plan.pending.value])
    named = plan.reason and plan.reason != "unspecified"
    return f"{text} ({told(REASON_TEXTS, plan.reason)})" if named else text


def choosing(desk: Desk) -> str:
    """Return in words what STATUS is choosing; empty where it chooses nothing."""
    if desk.choice is None:
        return ""
    if desk.choice.place == 0:
        return _("log out? Press STATUS long to confirm, tap it to stay")
    reason = told(REASON_TEXTS, desk.policy.reasons[desk.choice.place - 1])
    text = _("not ready ({reason})? Press STATUS long to confirm, tap it for the next reason")
    return text.format(reason=reason)


def _nobody() -> None:
    """Tell nobody."""


class Narrator:
    """Turns what a station does into lines for an observer; `at_s` comes from `clock`.

    desk: the id of the desk that is told of; empty: of the whole run. whole: whose time it keeps.
    """

    def __init__(
        self,
        observer: Observer,
        clock: Callable[[], float],
        desk: str = "",
        whole: "Narrator | None" = None,
    ) -> None:
        self._observer = observer
        self._clock = clock
        self._desk = desk
        self._whole = whole or self
        self.on_no_console: Callable[[], None] = _nobody
        """Called when there is no console at this desk, for whatever reason."""
        self._zero_s: float | None = None
        self._microphone: tuple[bool, bool] | None = None
        self._picture: LampPlan | None = None
        self._label = ""
        self._unheeded = ""
        self._unsaved = False

    def of(self, desk: str) -> "Narrator":
        """Return a narrator of one desk in the same run."""
        return Narrator(self._observer, self._clock, desk, self._whole)

    def start(self) -> None:
        """Count the time of the lines from now."""
        self._whole._zero_s = self._clock()

    def say(self, kind: str, text: str, detail: str = "") -> None:
        """Tell one line."""
        now_s, zero_s = self._clock(), self._whole._zero_s
        at_s = 0.0 if zero_s is None else now_s - zero_s
        self._observer(Happening(at_s, kind, text, detail, self._desk))

    def problem(self, error: CalldeckError, detail: str = "") -> None:
        """Tell what does not work and what to do."""
        self.say("problem", str(error), detail)

    def no_console(self, error: CalldeckError) -> None:
        """Tell why there is no console, which is tried again until there is one."""
        self.on_no_console()
        self.problem(error, _("trying again until it works"))

    def step(self, before: Desk, after: Desk, event: Event, results: Sequence[Result]) -> None:
        """Tell what an event did to the desk."""
        if isinstance(event, AcdLink):
            self.say("acd", _("connected") if event.up else _("connection lost"))
        if isinstance(event, AgentFact):
            self._fact(before, event)
        if isinstance(event, QueueFact):
            self._queue(before, event)
        if isinstance(event, HelpAcknowledged) and before != after:
            self.say("note", _("the call for help is acknowledged: help is coming"))
        for result in results:
            if isinstance(result, CommandEnded):
                outcome = _(OUTCOME_TEXTS[result.outcome])
                words = "" if result.outcome is Outcome.CONFIRMED else told(WHY_TEXTS, result.words)
                self.say("command", f"{_(VERB_TEXTS[result.verb])}: {outcome}", words)
            elif isinstance(result, Note) and result.code in NOTE_TEXTS:
                self.say("note", _(NOTE_TEXTS[result.code]))
            elif isinstance(result, RequestEnded) and result.outcome == "refused":
                self.say("command", _("refused"), told(WHY_TEXTS, result.why))
            elif isinstance(result, PressOutcome) and result.outcome in ("refused", "cancelled"):
                refused = result.outcome == "refused"
                text = _("refused") if refused else _("cancelled")
                self.say("press", text, told(WHY_TEXTS, result.why))
        self._waiting(before, after)

    def _waiting(self, before: Desk, after: Desk) -> None:
        """Tell what waits for the agent's hand, or for the end of the call."""
        if before.plan != after.plan and after.call is not None:
            self.say("note", planned(after.plan) or _("available after this call"))
        if before.forced is not after.forced and after.forced is not None:
            why = told(CAUSE_TEXTS, after.forced.cause)
            self.say("note", _("press any button to tell that you have seen this change"), why)
        if after.choice is not None and before.view().pending != after.view().pending:
            self.say("note", choosing(after))

    def _fact(self, before: Desk, fact: AgentFact) -> None:
        if before.confirmed and (fact.status, fact.reason) == (before.status, before.reason):
            return
        text = _(STATUS_TEXTS[fact.status])
        named = fact.reason and fact.reason != before.policy.not_ready_reason
        if named and fact.status is Status.NOT_READY:
            text += f" ({told(REASON_TEXTS, fact.reason)})"
        self.say("status", text, told(CAUSE_TEXTS, fact.cause))

    def _queue(self, before: Desk, fact: QueueFact) -> None:
        if before.queue is not None and before.queue.waiting == fact.waiting:
            return
        if before.queue is None and fact.waiting == 0:
            return
        text = translate_plural(
            "{waiting} caller is waiting", "{waiting} callers are waiting", fact.waiting
        )
        self.say("calls", text.format(waiting=fact.waiting))

    def lamps(self, plan: LampPlan) -> None:
        """Tell which lamps the console is asked to show differently from before."""
        before, self._picture = self._picture, plan
        if before is None or before == plan:
            return
        changes = []
        if availability(before) != availability(plan):
            changes.append(_("availability {shows}").format(shows=availability(plan)))
        for name, old, new in (
            (_("hold"), before.hold, plan.hold),
            (_("attention"), before.attention, plan.attention),
        ):
            if old != new and not (old in _PASSING and new in _PASSING):
                changes.append(f"{name} {told(PATTERN_TEXTS, new)}")
        if changes:
            self.say("lamp", ", ".join(changes))

    def edge(self, edge: Received) -> None:
        """Tell of a press."""
        if edge.pressed:
            late = _("arrived {age} ms late").format(age=edge.age_ms) if edge.expired else ""
            self.say("press", edge.button, late)

    def console_up(self, welcome: Welcome) -> None:
        """Tell which console has answered."""
        version = ".".join(str(part) for part in welcome.firmware)
        text = _("connected: serial {serial}, firmware {version}").format(
            serial=welcome.serial, version=version
        )
        self.say("console", text)
        if welcome.restarted:
            why = told(RESTART_TEXTS, welcome.restarted)
            self.say("note", _("the console has restarted since it was last connected"), why)
        if welcome.unheard:
            text = translate_plural(
                "{count} button change since the console's start was not heard and does nothing",
                "{count} button changes since the console's start were not heard and do nothing",
                welcome.unheard,
            )
            self.say("note", text.format(count=welcome.unheard))

    def console_down(self, why: str) -> None:
        """Tell that the console is gone, unless we let it go ourselves."""
        if why:
            self.say("console", _("connection lost; waiting for it to come back"), why)

    def microphone(self, report: MicrophoneReport) -> None:
        """Tell the console's microphone state, where it is another than told before."""
        state = (report.muted, report.plugged)
        if state == self._microphone:
            return
        self._microphone = state
        text = _("microphone muted at the console") if report.muted else _("microphone open")
        plugged = "" if report.plugged else _("no headset plugged in")
        self.say("mute", text, plugged)

    def fault(self, fault: ConsoleFault) -> None:
        """Tell a fault that the console reports."""
        text = FAULT_TEXTS.get(fault.kind, mark("The console reports a fault of its own: {kind}."))
        self.say("problem", _(text).format(kind=fault.kind, detail=fault.detail))

    def console_flight(self, flight: ConsoleFlight) -> str:
        """Tell what a console was doing before its watchdog or an error restarted it."""
        if flight.error:
            text = _("The console's program ended by an error: {error}.").format(
                error=flight.last_error
            )
        elif flight.missing:
            parts = ", ".join(told(PART_TEXTS, part) for part in flight.missing)
            text = _("The console's program hung: it went on without {parts}.").format(parts=parts)
        else:
            text = _("The console's program hung for {seconds:.1f} s while {doing}.").format(
                seconds=flight.for_ms / 1000, doing=told(STAGE_TEXTS, flight.doing)
            )
        self.say("problem", text)
        return text

    def settings(self, report: SettingsReport, unheeded: str) -> None:
        """Tell what a console's settings have of note: a name, and what is not as it should be."""
        if report.label != self._label:
            self._label = report.label
            if report.label:
                self.say("console", _("it is the one of {label}").format(label=report.label))
        if unheeded and unheeded != self._unheeded:
            text = _(
                "The console goes by other settings than it was told. Flash the firmware that came "
                "with this program."
            )
            self.say("problem", text, unheeded)
        self._unheeded = unheeded
        if report.saved != (not self._unsaved):
            self._unsaved = not report.saved
            text = _("the console keeps its settings as soon as there is no call")
            self.say("note", text if self._unsaved else _("the console has kept its settings"))

    def console_log(self, level: int, text: str) -> None:
        """Tell a log line of the console; `level` as in Python's logging."""
        self.say("problem" if level >= 40 else "note", text, _("log of the console"))
