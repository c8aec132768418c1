"""One agent's station at work: console, desk, ACD and ledger, joined.

It carries events to the pure desk and the desk's results to where they belong, in the
order that DESIGN.md decision 5 asks for. It decides nothing by itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from calldeck import inherited
from calldeck.acd.interface import Place
from calldeck.asking import Asking
from calldeck.config.settings import Settings
from calldeck.desk import (
    AcdCommand,
    AcdLink,
    Asked,
    Button,
    Cancelled,
    CommandEnded,
    CommandResult,
    ConsoleLink,
    ContactMarked,
    DeadlinePassed,
    Desk,
    Edge,
    EdgesCancelled,
    EquipmentFault,
    Event,
    Held,
    MicrophoneChanged,
    Note,
    Outcome,
    PolicyChanged,
    PressEnded,
    PressOutcome,
    RequestEnded,
    Result,
    Verb,
    View,
    lamps,
    step,
    stuck,
)
from calldeck.desk_policy import policy_of
from calldeck.errors import JournalError
from calldeck.inherited import EXPIRED, Ended
from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import Received
from calldeck.journal.recovery import Recovery
from calldeck.journal.summary import Tally
from calldeck.link.account import LapseCount
from calldeck.link.console_flight import ConsoleFlight
from calldeck.link.decode import console_settings, unheeded
from calldeck.link.frame_file import FrameFiles
from calldeck.link.lamps import lamp_content, pattern_slots
from calldeck.link.model import (
    ConsoleEdge,
    ConsoleFault,
    ConsoleStats,
    MicrophoneReport,
    SettingsReport,
    Welcome,
)
from calldeck.link.night import NightWatch
from calldeck.link.reconnect import ConsoleKeeper
from calldeck.link.session import HostSession, LinkSettings, SeenEdges
from calldeck.narration import Narrator
from calldeck.watching import Unwatched, Watcher

STUCK = "stuck_button"
LINK_DOWN = Cancelled.CONSOLE_LINK_DOWN.value


class Station:
    """The station of one agent; the link's listener and the ACD's sink.

    Times are host milliseconds of the running loop; `wall_ms` is wall-clock time, which
    alone can be compared across restarts.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        recovery: Recovery,
        narrator: Narrator,
        new_session_number: Callable[[], int],
        wall_ms: Callable[[], int],
        frame_files: FrameFiles,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._narrator = narrator
        self._wall_ms = wall_ms
        self._frame_files = frame_files
        self._loop = asyncio.get_running_loop()
        self._failed: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ms = 0
        self._drawn: Desk | None = None
        self._events: deque[Event] = deque()
        self._working = False
        self._origin_ms = 0.0
        self._origins: dict[int, float] = {}
        self._acting: set[str] = set()
        self._asking = Asking()
        self._births: dict[Button, int] = {}  # of the press that has a button down
        self._reached = SeenEdges(recovery.seen)
        ended, self._left_over = inherited.sort(recovery)
        # The releases of presses that may still act: they have had their own end.
        self._ended_before = {
            item.released.press
            for item in self._left_over
            if item.released is not None and item.released.press in recovery.ended
        }
        for item in ended:
            self._close(item)
        self.acd: Place | None = None
        self.keeper: ConsoleKeeper | None = None
        self.watcher: Watcher = Unwatched()
        self.microphone_report: MicrophoneReport | None = None
        self.tally = Tally()
        self.lapses = LapseCount()
        self.stats_came = asyncio.Event()
        self.console_ready = asyncio.Event()
        self.ready = asyncio.Event()
        self.desk = Desk.start(policy_of(settings))
        self._night = NightWatch(settings.console.night_hours, wall_ms, self._night_changed)
        self._told = LinkSettings(
            patterns=pattern_slots(),
            settings=console_settings(settings.console),
            lease_ms=settings.lamps.lease_ms,
            refresh_ms=settings.lamps.refresh_ms,
            label=settings.desk.label,
        )
        self.session = HostSession(
            self._told,
            self,
            SeenEdges(recovery.seen),
            new_session_number,
        )

    def _now(self) -> float:
        return self._loop.time() * 1000

    # --- events to the desk, results to their places --------------------------------------

    def sink(self, event: Event) -> None:
        """Take an event; in the order of arrival, never one inside another."""
        self.take((event,))

    def take(self, events: Iterable[Event]) -> None:
        """Take events as `sink` does, and show only what they come to together."""
        self._events.extend(events)
        if self._working:
            return
        self._working = True
        try:
            while self._events:
                self._handle(self._events.popleft())
        finally:
            self._working = False
        self._refresh()

    def _handle(self, event: Event) -> None:
        before = self.desk
        self.desk, results = step(self.desk, event, round(self._now()))
        for result in results:
            self._take_result(result)
        self.watcher.stepped(event)
        self._narrator.step(before, self.desk, event, results)
        if self.desk.confirmed and self._left_over:
            self._act_on_left_over()
        self._note_ready()

    def _take_result(self, result: Result) -> None:
        """Carry a result of the desk to where it belongs."""
        if isinstance(result, AcdCommand):
            self._issue(result)
        elif isinstance(result, CommandEnded):
            self._command_ended(result)
        elif isinstance(result, PressOutcome):
            self._ended(result)
        elif isinstance(result, RequestEnded):
            self._asking.ended(result)
        else:
            self._note(result)

    def _note_ready(self) -> None:
        if self.desk.confirmed and self.console_ready.is_set():
            self.ready.set()

    def _issue(self, command: AcdCommand) -> None:
        # What the desk wishes by itself is nobody's press.
        self._origins[command.number] = 0.0 if command.press is None else self._origin_ms
        assert self.acd is not None
        try:
            self.acd.issue(command)
        except JournalError as error:
            # It has not left: nothing leaves that is not on record.
            self._events.append(CommandResult(command.number, Outcome.DENIED, str(error)))

    def issued(self, command: AcdCommand) -> None:
        """Record a command; the adapter calls this just before the command leaves."""
        self._ledger.issued(command.press, command.number, command.verb.value)
        if command.press is not None:
            self._measure("press_to_issued", self._origins[command.number])

    def _command_ended(self, result: CommandEnded) -> None:
        self.tally.commands[result.outcome.value] += 1
        origin = self._origins.pop(result.number)
        if result.outcome is Outcome.CONFIRMED:
            self._measure("press_to_confirmed", origin)

    def _measure(self, name: str, origin_ms: float) -> None:
        if origin_ms:
            self.tally.latency_ms[name].append(self._now() - origin_ms)

    def _ended(self, outcome: PressOutcome) -> None:
        self.watcher.press_ended(outcome.press, outcome.outcome, outcome.why)
        if outcome.press in self._ended_before:
            return  # the release of a press that the earlier daemon did not get to act on
        if outcome.press in self._acting:
            self._acting.discard(outcome.press)
            if outcome.outcome == "refused":
                self.tally.refused += 1
        try:
            self._ledger.outcome(outcome.press, outcome.outcome, outcome.why)
        except JournalError as error:
            # It has ended all the same; the edges that cannot be put on record come again.
            self._narrator.problem(error)

    def _note(self, note: Note) -> None:
        """Put on record what changed at the desk, and who or what caused it."""
        try:
            self._ledger.note(note.code.value, dict(note.details))
        except JournalError as error:
            self._narrator.problem(error)

    def _refresh(self) -> None:
        """Show what is true now, and come back when something is due."""
        if self.desk is not self._drawn:
            self._draw()
        self.watcher.changed()
        if self.keeper is not None:
            self.keeper.changed()
        self._arm()

    def _draw(self) -> None:
        """Work out the lamps of a desk that has changed; time alone changes none."""
        now = self._now()
        self._night.start()
        plan = lamps.plan(self.desk, round(now))
        headset, night = self.desk.policy.headset, self._night.is_night
        self.session.show(lamp_content(plan, headset, self.desk.view(), night=night), now)
        self._narrator.lamps(plan)
        self._drawn = self.desk

    def _night_changed(self) -> None:
        """Dim the lamps, or let them shine, and everything else stays as it is."""
        self._drawn = None
        self._refresh()

    def _arm(self) -> None:
        """Have a timer that fires at the desk's next deadline at the latest.

        One that fires sooner is left: it finds nothing to do, and each press would make two more.
        """
        deadline = self.desk.next_deadline()
        if deadline is None:
            return
        if self._timer is not None:
            if self._timer_ms <= deadline:
                return
            self._timer.cancel()
        self._timer_ms = deadline
        self._timer = self._loop.call_at(deadline / 1000, self._on_deadline)

    def _on_deadline(self) -> None:
        self._timer = None
        deadline = self.desk.next_deadline()
        if deadline is None:
            return
        if deadline > max(self._timer_ms, self._now()):
            self._arm()
            return
        try:
            self.sink(DeadlinePassed())
        except Exception as error:  # noqa: BLE001 - handed on whole: it ends this desk alone
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """End this station for a fault that came up where nobody waits for an answer."""
        if not self._failed.done():
            self._failed.set_exception(error)

    async def until_failed(self) -> None:
        """Wait for such a fault, and raise it."""
        await self._failed

    def apply(self, settings: Settings) -> None:
        """Go by other settings from now on, in what can change at work; see `config.changes`."""
        self._settings = settings
        self.sink(PolicyChanged(policy_of(settings)))

    def end(self) -> None:
        """The ACD is not listened to any more: what it has not answered ends as unknown."""
        if self._timer is not None:
            self._timer.cancel()
        # A tap that still waits for a second one is the next daemon's: here it could ask for
        # nothing any more, though its time may just be over.
        last = replace(self.desk, tap=None)
        self.desk, results = step(last, AcdLink(False), round(self._now()))
        for result in results:
            # Nothing can leave any more.
            if not isinstance(result, AcdCommand):
                self._take_result(result)

    def close(self) -> None:
        """Stop the timer and close the ledger; nothing happens at this station any more.

        What it knew is not true for ever: whoever still looks at it finds a desk that knows nothing
        and asks the ACD for nothing.
        """
        if self._timer is not None:
            self._timer.cancel()
        self._night.stop()
        self._events.clear()
        self.desk = Desk.start(policy_of(self._settings))
        # The ledger knows of them, and the next station ends them; nobody need wait for that.
        for press in self._acting:
            self.watcher.press_ended(press, Outcome.UNKNOWN.value, inherited.RESTARTED)
        self._acting.clear()
        self._asking.end_all(Outcome.UNKNOWN.value, inherited.RESTARTED)
        self._ledger.close()

    # --- what programs and people ask -----------------------------------------------------

    async def ask(self, verb: Verb, agent: str = "", reason: str = "") -> tuple[str, str]:
        """Ask for something by name; return the outcome and why, when it has one."""
        request, ended = self._asking.new()
        self.sink(Asked(request, verb, agent, reason))
        return await ended

    async def mark_contact(
        self, contact: str, *, unresolved: bool | None, disposition: str | None
    ) -> tuple[str, str]:
        """Say something of the last contact; return the outcome and why."""
        request, ended = self._asking.new()
        self.sink(ContactMarked(request, contact, unresolved, disposition))
        return await ended

    def ask_for_truth(self) -> None:
        """Let the ACD tell everything again: some of it has been missed."""
        if self.acd is not None:
            self.acd.tell_again()

    def ask_stats(self) -> None:
        """Ask the console for its counters; `stats_came` is set when they are there."""
        self.stats_came.clear()
        self.session.ask_stats(self._now())

    def end_lamps(self) -> None:
        """Let the console show link-lost at once: nobody will renew what its lamps say."""
        self.session.end_lamps(self._now())

    # --- from the console (link.model.Listener) -------------------------------------------

    def console_up(self, welcome: Welcome) -> None:
        """A console has answered."""
        self.console_ready.set()
        if self.keeper is not None:
            self.keeper.connected()
        self._narrator.console_up(welcome)
        self.session.ask_stats(self._now())
        self.sink(ConsoleLink(True))

    def console_down(self, why: str) -> None:
        """The console is gone; taps whose release did not come are cancelled."""
        if why:
            self._frame_files.write(self.session.flight, why)
        self._narrator.console_down(why)
        self.microphone_report = None
        self.sink(EdgesCancelled(LINK_DOWN))
        self.sink(ConsoleLink(False))

    def edge(self, edge: ConsoleEdge) -> None:
        """Put an edge on record, then let the desk act on it."""
        view = edge.meaning if isinstance(edge.meaning, View) else None
        expired = self._is_too_old(edge)
        received = Received(
            birth=edge.birth,
            sequence=edge.sequence,
            button=Button(edge.button).name,
            pressed=edge.pressed,
            console_ms=edge.ms,
            age_ms=edge.age_ms,
            expired=expired,
            shown=None if view is None else inherited.shown(view),
        )
        self._ledger.received(received)
        if edge.pressed:
            key = (edge.birth, edge.sequence)
            if key in self._reached:
                self.session.account.duplicated += 1
            else:
                self._reached.add(key)
                self.session.account.delivered += 1
            self._acting.add(received.press)
            self.watcher.pressed(received)
            self.tally.latency_ms["press_to_received"].append(edge.age_ms)
        self._narrator.edge(received)
        self._origin_ms = edge.at_ms - edge.age_ms
        button = Button(edge.button)
        if edge.pressed:
            self._births[button] = edge.birth
        elif self._births.get(button) != edge.birth:
            # Another session began while it was down: the link had dropped before this release.
            self.sink(EdgesCancelled(LINK_DOWN, button))
        # Once more: a slow disk may have taken the time that was left.
        if expired or self._is_too_old(edge):
            self._expired(received)
        else:
            age_ms = edge.age_ms + round(self._now() - edge.at_ms)
            self.sink(Edge(received.press, button, edge.pressed, edge.ms, view, age_ms))
        self._origin_ms = 0.0

    def _is_too_old(self, edge: ConsoleEdge) -> bool:
        """Tell whether an edge may be older than what may still act, at this instant."""
        oldest_ms = edge.oldest_ms + self._now() - edge.at_ms
        return oldest_ms > self._settings.commands.press_expiry_ms

    def _expired(self, received: Received) -> None:
        """End an edge that came too late; the agent is shown a press that does nothing.

        MUTE has done its work in the console, and a release shows only by the tap that it
        would have ended.
        """
        button = Button[received.button]
        if received.pressed:
            self.tally.expired += 1
        if button is Button.MUTE:
            self._ended(PressOutcome(received.press, EXPIRED, EXPIRED))
        elif received.pressed:
            self.sink(PressEnded(received.press, EXPIRED, EXPIRED))
        else:
            self.sink(EdgesCancelled(EXPIRED, button))
            self._ended(PressOutcome(received.press, EXPIRED, EXPIRED))

    def microphone(self, report: MicrophoneReport) -> None:
        """The console's microphone has changed, or is told again in a new session."""
        self._narrator.microphone(report)
        self.microphone_report = report
        self.sink(MicrophoneChanged(report.muted, report.counter, report.cause))

    def held(self, buttons: int, ms: int, oldest_ms: int) -> None:
        """Take evidence that buttons are still down; what is old proves nothing any more.

        Nor does it of a press of an earlier session: the link had dropped before its release.
        """
        if oldest_ms > self._settings.commands.press_expiry_ms:
            return
        born = self.session.number
        held = tuple(one for one in Button if buttons >> one & 1 and self._births.get(one) == born)
        self._origin_ms = self._now() - oldest_ms
        self.sink(Held(held, ms))
        self._origin_ms = 0.0

    def fault(self, fault: ConsoleFault) -> None:
        """The console reports a fault."""
        if fault.kind == STUCK and fault.detail in Button.__members__:
            self.sink(EquipmentFault(stuck(Button[fault.detail]), present=True))
        self._frame_files.write(self.session.flight, f"{fault.kind} {fault.detail}")
        self._narrator.fault(fault)

    def flight(self, flight: ConsoleFlight) -> None:
        """The console was restarted by its watchdog or by an error, and tells what it was doing."""
        told = self._narrator.console_flight(flight)
        self._frame_files.write(self.session.flight, told, flight.lines)

    def stats(self, stats: ConsoleStats) -> None:
        """The console's counters."""
        if self.session.welcome is not None:
            self.lapses.told(self.session.welcome.boot, stats.lapses)
        self.stats_came.set()

    def settings(self, report: SettingsReport) -> None:
        """The settings that the console goes by."""
        told = self._told
        self._narrator.settings(report, unheeded(report, told.settings, told.label))

    def log(self, level: int, text: str) -> None:
        """A log line of the console."""
        self._narrator.console_log(level, text)

    # --- what an earlier daemon left ------------------------------------------------------

    def _close(self, ended: Ended) -> None:
        self._ledger.outcome(ended.press, ended.outcome, ended.why)
        self._ended_before.add(ended.press)

    def _act_on_left_over(self) -> None:
        left_over, self._left_over = self._left_over, []
        expiry = self._settings.commands.press_expiry_ms
        self._events += inherited.events(left_over, self._wall_ms(), expiry)
