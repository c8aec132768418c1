"""The console's core: one pure step over one state object.

`step(state, now, edges, rx)` takes the raw changes and bytes since the last call and
returns the pins to set, the bytes to send and the time of the next call. It knows no
machine and no clock: the Pico runner and the host's virtual console share it.
"""

from calldeck_console.buttons import INPUTS, PLUG
from calldeck_console.lamps import LAMPS
from calldeck_console.link import HELD_MS
from calldeck_console.orders import carry_out
from calldeck_console.reports import report_frame
from calldeck_console.state import State
from calldeck_wire import flight, messages
from calldeck_wire.emit import micropython
from calldeck_wire.modular import MASK, add, difference

# Bits of the pins that `step` returns: one per lamp, then the microphone switch.
MICROPHONE_BIT = LAMPS
# The longest time between two steps: the runner's proof of life to the watchdog.
LONGEST_WAIT_MS = 500


def step(
    state: State, now: int, edges: list[tuple[int, bool, int, int]], rx: bytes
) -> tuple[int, bytes, int]:
    """Advance the console to `now` (console ms).

    edges: raw changes since the last step as (source, level, ms, view), sources 0-3
    the buttons in the order of messages.BUTTON_NAMES and PLUG, level True for pressed
    or plugged. rx: bytes from the host.
    Returns (pins, tx, wake_at): one bit per lamp and MICROPHONE_BIT; bytes for the
    host, never more than `state.room`; the console ms of the next step at the latest.
    """
    pins = advance(state, now, edges, rx)
    tx = transmit(state, now)
    return (pins, tx, wake_at(state, now))


@micropython.native
def advance(state: State, now: int, edges: list[tuple[int, bool, int, int]], rx: bytes) -> int:
    """Take the news and return the pins: the first half of `step`.

    Apart because a runner sets the pins before it spends time on sending.
    """
    if difference(now, state.uptime_ms) >= 1000:
        _count_time(state, now)
    for source, level, ms, view in edges:
        hear(state, source, level, ms, view)
    if state.inputs.awake:
        _settle(state, now)
    if state.overrun != state.overrun_told:
        state.overrun_told = state.overrun
        state.link.notice(messages.FAULT, (messages.FAULT_EDGE_OVERRUN, state.overrun, now))
    if rx:
        for payload in state.link.reader.feed(rx):
            _receive(state, payload, now)
    _note_view(state, now)
    return _pins(state, now)


@micropython.native
def hear(state: State, source: int, level: bool, ms: int, view: int) -> None:
    """Take one raw change: what a press needs before its frame can leave, and no more.

    `advance` does it too. Apart because a runner with a change in hand sends its frame
    (`transmit`) before it spends time on anything else, and advances without it then.
    """
    inputs = state.inputs
    # A change that comes after the bounce time ends it, however late the loop is.
    if inputs.closed[source] and inputs.settle(source, ms):
        _edge(state, source, inputs.raw_ms[source], inputs.raw_stamp[source])
    # (birth, shown) of a change that happened while `view` was displayed: a step changes
    # the view at most once, so a change waits for no more than one.
    if view == state.view:
        stamp = (state.birth, state.shown)
    elif view == state.old_view:
        stamp = (state.old_birth, state.old_shown)
    else:
        stamp = (state.old_birth, 0)
    if inputs.change(source, level, ms, stamp):
        _edge(state, source, ms, stamp)


@micropython.native
def picture(state: State, now: int) -> int:
    """Return the pins at `now`, nothing having happened since `advance`.

    A runner that is about to spend time on something else shows it first: a pattern is
    late by the longest thing that is done in one go, and not by the sum of them.
    """
    state.lamps.expire(now)
    return _pins(state, now)


@micropython.native
def _pins(state: State, now: int) -> int:
    if state.link.self_test:
        return state.driven
    lamps = state.lamps
    pins = lamps.lit(now)
    if state.microphone.net_muted(lamps.headset, lamps.confirmed_mute()):
        pins |= 1 << MICROPHONE_BIT
    return pins


@micropython.native
def _settle(state: State, now: int) -> None:
    """Let the inputs open whose bounce time is over, and tell of stuck buttons."""
    inputs = state.inputs
    closed = inputs.closed
    level = inputs.level
    for source in range(INPUTS):
        if closed[source] and inputs.settle(source, now):
            _edge(state, source, inputs.raw_ms[source], inputs.raw_stamp[source])
        if level[source] and inputs.newly_stuck(source, now):
            state.link.notice(messages.FAULT, (messages.FAULT_STUCK_BUTTON, source, now))


def _count_time(state: State, now: int) -> None:
    seconds = difference(now, state.uptime_ms) // 1000
    state.uptime_s += seconds
    state.uptime_ms = add(state.uptime_ms, 1000 * seconds)


@micropython.native
def _edge(state: State, source: int, ms: int, stamp: tuple[int, int]) -> None:
    level = state.inputs.level[source]
    link = state.link
    if link.self_test:
        link.reports |= messages.REPORT_LEVELS
    if source == PLUG:
        state.microphone.plug(level)
        return
    if source == messages.BUTTON_MUTE:
        state.microphone.edge(level, ms, state.settings.cough_ms)
    if level and state.lamps.display == messages.DISPLAY_DARK:
        state.lamps.set_display(messages.DISPLAY_NORMAL, 0, ms)
    if level and state.inputs.down == 1 << source:
        link.held_ms = ms  # the first button down starts the time of the bitmap
    link.stamp_edge(source, level, ms, stamp[0], stamp[1])


@micropython.native
def hand_mutes(state: State) -> bool:
    """Tell whether the next press of MUTE mutes the microphone switch at once."""
    inputs = state.inputs
    return (
        inline(state)
        and inputs.level[PLUG]
        and not state.microphone.muted
        and not inputs.closed[messages.BUTTON_MUTE]
    )


@micropython.native
def inline(state: State) -> bool:
    """Tell whether a plugged headset hangs on the microphone switch."""
    return state.lamps.headset == messages.HEADSET_INLINE


@micropython.native
def _note_view(state: State, now: int) -> None:
    """Let a lease end, and give what is now displayed a token of its own."""
    lamps = state.lamps
    lamps.expire(now)
    birth = state.link.session
    shown = lamps.shown_number()
    if birth != state.birth or shown != state.shown:
        if state.shown and not lamps.leased:
            state.record(now, flight.LAPSE, lamps.lapses)
        state.old_view = state.view
        state.old_birth = state.birth
        state.old_shown = state.shown
        state.birth = birth
        state.shown = shown
        state.view = (state.view + 1) & MASK


@micropython.native
def _receive(state: State, payload: bytes, now: int) -> None:
    number = payload[0]
    link = state.link
    link.received += 1
    message = messages.BY_NUMBER.get(number)
    values = None if message is None else messages.unpack(message, payload)
    session = messages.peek(payload)[1] if values is None else values[1]
    if message is messages.HELLO and len(payload) >= messages.HEADER_BYTES:
        if link.hello(session, payload):
            state.record(now, flight.SESSION, session & flight.DETAIL_MASK)
            state.reset_mode = -1  # an order of a session that is over
            state.lamps.new_session(now)
            state.microphone.retell()
        return
    if session == 0 or session != link.session:
        link.stale = (link.stale + 1) & 0xFFFF
        return
    if message is None or values is None or number & messages.FROM_CONSOLE:
        link.unknown = (link.unknown + 1) & 0xFFFF
    elif message is messages.ACKNOWLEDGE:
        link.edges.acknowledge(values[2], now)
        state.microphone.acknowledge(values[3])
    elif message is messages.LAMPS:
        state.lamps.show(values[2], values[3], values[4], values[5], now)  # type: ignore[arg-type]
    elif message is messages.PING:
        link.pong_due = True
        link.pong_token = values[2]
    elif message is messages.REPORT_REQUEST:
        link.ask(values[2])
    elif link.order(values[2]):
        result = carry_out(state, message, values[2:], payload, now)
        state.record(now, flight.ORDER, number << 8 | result)
        link.order_result = result


@micropython.native
def transmit(state: State, now: int) -> bytes:
    """Return the most urgent frame, where one is due and the runner has room for it.

    One at a time: making a frame takes longer than setting all lamps, and the lamps
    must not wait for more than one. What is left is due at once (see `wake_at`).
    """
    link = state.link
    frame = b""
    room = state.room
    if room == 0:
        return frame
    if link.welcome_due:
        frame = link.welcome_frame(now)
        link.welcome_due = len(frame) > state.room
    elif link.session:
        edges = link.edges
        place = edges.due(now) if edges.count else -1
        if place >= 0:
            frame = link.edge_frame(place)
            if len(frame) <= room:
                edges.mark_sent(now)
        elif state.microphone.due(now):
            frame = link.frame(messages.MICROPHONE, _microphone_values(state))
            if len(frame) <= state.room:
                state.microphone.mark_reported(now)
        elif link.pong_due:
            frame = link.frame(messages.PONG, (link.pong_token, now))
            link.pong_due = len(frame) > state.room
        elif link.confirm_due:
            frame = link.confirm_frame()
            link.confirm_due = len(frame) > state.room
        else:
            frame = _leisurely(state, now)
    if not frame or len(frame) > room:
        return b""
    link.sent += 1
    return frame


@micropython.native
def _leisurely(state: State, now: int) -> bytes:
    """Return a frame of what may wait: the button bitmap, notices, statistics."""
    link = state.link
    frame = b""
    buttons = state.inputs.down
    if buttons and link.held_due(buttons, now):
        frame = link.frame(messages.HELD, (buttons, now, link.edges.next_number()))
        if len(frame) <= state.room:
            link.held_ms = now
    elif link.notices:
        message, values, tail = link.notices[0]
        frame = link.frame(message, values, tail)
        if len(frame) <= state.room:
            link.notices.pop(0)
    elif link.gap_over():
        frame = link.gap_frame()
        if len(frame) <= state.room:
            link.gap_edges = 0
    elif link.reports:
        frame = report_frame(state, now)
    return frame


def _microphone_values(state: State) -> tuple[int, int, int, int]:
    microphone = state.microphone
    return (
        microphone.counter,
        1 if microphone.muted else 0,
        microphone.cause,
        1 if microphone.plugged else 0,
    )


@micropython.native
def wake_at(state: State, now: int) -> int:
    """Return when the next step is due: the nearest deadline, LONGEST_WAIT_MS at most.

    What is to be sent is none while there is no room: the runner knows when it looks again.
    """
    wait = LONGEST_WAIT_MS
    link = state.link
    if link.welcome_due and state.room:
        return now
    if link.session and state.room:
        if link.pong_due or link.confirm_due or link.reports or link.notices or link.gap_over():
            return now
        if link.edges.count:
            wait = _sooner(wait, link.edges.wait_ms(now))
        if state.microphone.told != state.microphone.counter:
            wait = _sooner(wait, state.microphone.wait_ms(now))
        if state.inputs.down:
            wait = _sooner(wait, max(0, HELD_MS - difference(now, link.held_ms)))
    if state.inputs.awake:
        wait = _sooner(wait, state.inputs.wait_ms(now))
    return add(now, _sooner(wait, state.lamps.wait_ms(now)))


@micropython.native
def _sooner(wait: int, candidate: int) -> int:
    return candidate if 0 <= candidate < wait else wait
