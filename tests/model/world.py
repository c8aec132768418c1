"""The model at work: the real desk, the real console, an ACD, a cable, and the host's link between.

`Model` takes one state and gives the next one; `actions` says what can happen. The host's end of
the link is restated here as `link.session` and `station` do it: numbers to views, edges that come
late or of another session, held buttons as evidence, lamp states with a lease.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from tests.model.consoles import Consoles, Turn
from tests.model.desks import Desks, Effect
from tests.model.grid import EXPIRY, LEASE, LONGEST, NOW, UNIT, policy
from tests.model.invariants import (
    CONSOLE_CHECKS,
    PRESS_CHECKS,
    STATE_CHECKS,
    STEP_CHECKS,
    guard_holds,
    is_so,
)
from tests.model.normal import HERE
from tests.model.run import Broken, Run
from tests.model.state import (
    Acd,
    Answer,
    Frame,
    Pending,
    Press,
    Shown,
    Travelling,
    Watch,
    World,
    outdated,
)

from calldeck.desk import (
    AcdLink,
    AgentFact,
    Button,
    Call,
    CommandResult,
    ConsoleLink,
    DeadlinePassed,
    Desk,
    Direction,
    Edge,
    EdgesCancelled,
    Event,
    Headset,
    MicrophoneChanged,
    PressEnded,
    Status,
)
from calldeck.desk.table import TRAITS
from calldeck.link.lamps import lamp_content
from calldeck_wire.messages import FLAG_CONFIRMED_MUTE

MOST_PENDING = 2
DEADLINE = DeadlinePassed()


@dataclass
class Model:
    """All that a run needs; the states are plain tuples (`World`)."""

    run: Run
    seen: Callable[[Desk, Event], None] | None = None
    desks: Desks = field(init=False)
    consoles: Consoles = field(init=False)
    expiry: ClassVar[int] = EXPIRY

    def __post_init__(self) -> None:
        rules = policy(self.run.headset, login=self.run.starts)
        self.desks = Desks(rules, STEP_CHECKS, self.seen)
        self.consoles = Consoles(plugged=self.run.headset is Headset.INLINE)
        self._drawn: dict[int, tuple[bytes, int]] = {}

    # --- the host -----------------------------------------------------------------------------

    def feed(
        self, world: World, event: Event, new: Press | None = None, *, changed: bool = False
    ) -> World:
        """Let the desk take an event; `new`: the press it brings. `changed`: status or call are."""
        effect = self.desks.step(world.desk, event)
        if effect.wrong:
            raise Broken(*effect.wrong[0])
        world = self._book(world, effect, new)
        acd = self._told_acd(world.acd, effect)
        if changed or effect.turned:
            world = outdated(world, changed=changed, turned=effect.turned)
        return self.draw(world._replace(desk=effect.desk, acd=acd))

    def _book(self, world: World, effect: Effect, new: Press | None) -> World:
        """Keep the book of the presses, and hold the step against it."""
        if not (world.presses or new or effect.ended or effect.commands):
            return world
        presses = {f"p{place}": press for place, press in enumerate(world.presses)}
        if new is not None:
            presses["new"] = new
        for check in PRESS_CHECKS:
            said = check(presses, effect)
            if said is not None:
                raise Broken(check.__name__, said)
        said = guard_holds(presses, effect, world.watch.landed)
        if said is not None:
            raise Broken("guard_holds", said)
        for name, _, _ in effect.ended:
            presses[name] = presses[name]._replace(ended=presses[name].ended + 1)
        for command in effect.commands:
            if command.press is not None:
                press = presses[command.press]
                presses[command.press] = press._replace(commands=press.commands + 1)
        return world._replace(presses=tuple([presses[name] for name in effect.names]))

    def _told_acd(self, acd: Acd, effect: Effect) -> Acd:
        """Carry the commands to the ACD; what waits there is named anew."""
        if not (acd.pending or acd.queue or effect.commands):
            return acd
        numbers = effect.numbers
        pending = [one._replace(number=numbers.get(one.number, 0)) for one in acd.pending]
        for command in effect.commands:
            same_call = not command.call or acd.call == HERE
            pending.append(Pending(command.number, command.verb, same_call))
        while len(pending) > MOST_PENDING:
            late = next((one for one in pending if one.number == 0), pending[0])
            pending.remove(late)
        queue = tuple(one and one._replace(number=numbers.get(one.number, 0)) for one in acd.queue)
        return acd._replace(pending=tuple(pending), queue=queue)

    def draw(self, world: World) -> World:
        """Send a lamp state where another is to be shown than was sent last."""
        if not world.cable:
            return world
        slots, flags = self.content(world.desk)
        view = self.desks.drawing(world.desk).view
        sent = world.frame.shown if world.frame else world.held
        if sent is not None and (sent.slots, sent.flags, sent.view) == (slots, flags, view):
            return world
        frame = Frame(Shown(slots, flags, view, True), LEASE, 0, 0)
        world = world._replace(frame=frame)
        return world if self.run.slow else self.arrive(world)

    def content(self, desk: int) -> tuple[bytes, int]:
        """Return slots and flags of what is drawn of a desk."""
        found = self._drawn.get(desk)
        if found is None:
            plan, view = self.desks.drawing(desk)
            content = lamp_content(plan, self.run.headset, view)
            found = self._drawn[desk] = (content.slots, content.flags)
        return found

    def arrive(self, world: World) -> World:
        """Let the lamp state that is on its way reach the console."""
        assert world.frame is not None
        shown, left, wrong, mute_wrong = world.frame
        watch = world.watch._replace(wrong=wrong, mute_wrong=mute_wrong)
        turn = self.consoles.show(world.console, shown.slots, shown.flags, left)
        return self.console_turned(world._replace(frame=None, held=shown, watch=watch), turn)

    def edge(self, world: World) -> World:
        """Let the oldest edge reach the host, as `station` takes it."""
        edge, up = world.up[0], world.up[1:]
        world = world._replace(up=up)
        button = Button(edge.button)
        births = dict(world.births)
        known = births.pop(edge.button, None)
        if edge.pressed:
            births[edge.button] = edge.birth
        world = world._replace(births=tuple(sorted(births.items())))
        if not edge.pressed and known != edge.birth:
            world = self.feed(world, EdgesCancelled("console_link_down", button))
        late = edge.age > self.expiry
        sees = button in (Button.HOLD, Button.STATUS) and edge.fresh
        view, out = (edge.view if sees else None), (-1 if edge.pressed else 0)
        new = Press(edge.button, 0, 0, sees, view, edge.age > EXPIRY, out)
        if late and button is Button.MUTE:
            return world  # the station ends it; the console has acted on it
        if late and edge.pressed:
            return self.feed(world, PressEnded("new", "expired", "expired"), new)
        if late:
            return self.feed(world, EdgesCancelled("expired", button))
        if not edge.pressed:
            world = world._replace(presses=self._released(world, button))
        at_ms = NOW - edge.age * UNIT
        return self.feed(world, Edge("new", button, edge.pressed, at_ms, edge.view), new)

    def _released(self, world: World, button: Button) -> tuple[Press, ...]:
        return tuple(
            press._replace(out=0) if press.out < 0 and press.button is button.value else press
            for press in world.presses
        )

    # --- the console --------------------------------------------------------------------------

    def console_turned(self, world: World, turn: Turn, *, released: bool = False) -> World:
        """Take what a step of the console came to; its edges go on the cable."""
        before, after = self.consoles.faces[world.console], self.consoles.faces[turn.console]
        watch = world.watch
        if before.muted is not after.muted:
            for check in CONSOLE_CHECKS:
                said = check(before.muted, after.muted, watch.hand, released)
                if said is not None:
                    raise Broken(check.__name__, said)
        if turn.retold and not watch.retold:
            world = world._replace(watch=watch._replace(retold=True))
        up = world.up
        for stamped in turn.edges:
            held = world.held if stamped.shown else None
            up = (
                *up,
                Travelling(
                    stamped.button,
                    stamped.pressed,
                    0,
                    0,
                    held.view if held else None,
                    bool(held and held.fresh),
                ),
            )
        return world._replace(console=turn.console, up=up)

    def report_due(self, world: World) -> bool:
        """Tell whether the console has something to tell of its microphone, and a cable."""
        untold = world.watch.retold or self.desks.known[world.desk].microphone is None
        return world.cable and untold

    def report(self, world: World) -> World:
        """Let the console's report of its microphone arrive."""
        watch, muted = world.watch, self.consoles.faces[world.console].muted
        counter = 2 if watch.retold else 1
        world = world._replace(watch=watch._replace(told=muted, retold=False))
        return self.feed(world, MicrophoneChanged(muted, counter, "button"))

    # --- the ACD ------------------------------------------------------------------------------

    def hear(self, world: World) -> World:
        """Let the oldest news of the ACD reach the desk."""
        news, queue = world.acd.queue[0], world.acd.queue[1:]
        world = world._replace(acd=world.acd._replace(queue=queue))
        if isinstance(news, Answer):
            return self.feed(world, CommandResult(news.number, news.outcome, ""))
        acd, desk = world.acd, self.desks.known[world.desk]
        call = self._call(acd) if acd.call else None
        cause = "agent" if acd.own else "supervisor"
        changed = acd.status is not desk.status or acd.call != (HERE if desk.call else "")
        lands = bool(acd.call) and acd.call != HERE and not acd.outbound
        lands = lands and (desk.confirmed or acd.lately)
        if changed:
            landed = lands or (world.watch.landed and acd.call == HERE)
            world = world._replace(watch=world.watch._replace(landed=landed))
        event = AgentFact(acd.status, "", call, acd.muted, cause)
        if acd.call:
            world = world._replace(acd=acd._replace(call=HERE))
        return self.feed(world, event, changed=changed)

    def _call(self, acd: Acd) -> Call:
        direction = Direction.OUTBOUND if acd.outbound else Direction.INBOUND
        since_ms = NOW if acd.lately else NOW - LONGEST * UNIT
        return Call(acd.call, "", since_ms, direction, self.run.channel)

    def acd_link(self, world: World, *, up: bool) -> World:
        """Lose the ACD, or find it again: then it tells its truth."""
        acd = world.acd
        if up:
            world = world._replace(acd=acd._replace(up=True, queue=(None,)))
            return self.feed(world, AcdLink(True))
        pending = tuple([one._replace(number=0) for one in acd.pending])
        world = world._replace(acd=acd._replace(up=False, queue=(), pending=pending))
        world = world._replace(watch=world.watch._replace(landed=False))
        return self.feed(world, AcdLink(False), changed=True)

    # --- time ---------------------------------------------------------------------------------

    def later(self, world: World) -> World | None:
        """Let a tick pass; the host refreshes the lamps in it. None where something is due first.

        What the ACD has said is heard at once, and a console on its cable tells of its microphone
        at once: neither takes as long as a tick.
        """
        watch = world.watch
        if world.acd.queue or self.report_due(world):
            return None
        hand = watch.hand and (watch.hand[0], min(watch.hand[1] + 1, LONGEST))
        watch = watch._replace(
            wrong=watch.wrong + 1, mute_wrong=watch.mute_wrong + 1, landed=False, hand=hand
        )
        up = tuple([edge._replace(age=min(edge.age + 1, EXPIRY + 1)) for edge in world.up])
        presses = tuple(
            [p._replace(out=min(p.out + 1, 2)) if p.out >= 0 else p for p in world.presses]
        )
        frame = world.frame
        if frame is not None:
            left = LEASE if world.cable else frame.left - 1
            wrong, mute_wrong = frame.wrong + 1, frame.mute_wrong + 1
            frame = Frame(frame.shown, left, wrong, mute_wrong) if left else None
        world = world._replace(
            acd=world.acd._replace(lately=False) if world.acd.lately else world.acd,
            watch=watch,
            up=up,
            presses=presses,
            frame=frame,
            desk=self.desks.later(world.desk),
        )
        world = self.console_turned(world, self.consoles.later(world.console))
        if world.cable and frame is None and world.held is not None:
            slots, flags, _, _ = world.held
            refreshed = self.consoles.show(world.console, slots, flags, LEASE)
            world = self.console_turned(world, refreshed)
        return self.feed(world, DEADLINE)

    def settled(self, world: World) -> World:
        """Bring the invariants' book up to date, and hold the state against them."""
        face, status, watch = self.consoles.faces[world.console], world.acd.status, world.watch
        if watch.wrong and (not face.leased or is_so(face.slots, status)):
            watch = watch._replace(wrong=0)
        if watch.mute_wrong and (not face.confirmed_mute or self._mutes(world)):
            watch = watch._replace(mute_wrong=0)
        frame = world.frame
        if frame is not None and (frame.wrong or frame.mute_wrong):
            if is_so(frame.shown.slots, status):
                frame = frame._replace(wrong=0)
            if not frame.shown.flags & FLAG_CONFIRMED_MUTE or self._mutes(world):
                frame = frame._replace(mute_wrong=0)
            world = world._replace(frame=frame)
        if watch is not world.watch:
            world = world._replace(watch=watch)
        for check in STATE_CHECKS:
            said = check(world, self.desks, face)
            if said is not None:
                raise Broken(check.__name__, said)
        return world

    def _mutes(self, world: World) -> bool:
        """Tell whether operating system or ACD keep the agent's voice from a customer."""
        acd = world.acd
        answered = TRAITS[acd.status].answered and self.run.channel.has_voice
        by_acd = answered and acd.muted is True
        return by_acd or (self.run.headset is Headset.USB and world.system is True)

    def start(self) -> World:
        """Return the first state: an agent who is available, everything shown and told."""
        acd = Acd(False, Status.AVAILABLE, "", False, None, True, False, (), ())
        if self.run.starts:
            acd = acd._replace(status=Status.LOGGED_OUT)
        watch = Watch(0, 0, False, None, None, True)
        world = World(
            self.desks.start, self.consoles.start, acd, None, None, (), False, (), (), watch,
            None, False,
        )  # fmt: skip
        if self.run.starts:
            return world
        world = self.mend(world)
        world = self.hear(self.acd_link(self.report(world), up=True))
        return self.arrive(world) if world.frame else world

    def mend(self, world: World) -> World:
        """Let the cable be there again: a new session, whose lamp states begin anew."""
        ranks = sorted({birth for _, birth in world.births} | {edge.birth for edge in world.up})
        new = {rank: place for place, rank in enumerate(ranks, 1)}
        world = world._replace(
            cable=True,
            held=None,
            births=tuple((button, new[birth]) for button, birth in world.births),
            up=tuple(edge._replace(birth=new[edge.birth]) for edge in world.up),
        )
        world = self.console_turned(world, self.consoles.hello(world.console))
        return self.feed(world, ConsoleLink(True))
