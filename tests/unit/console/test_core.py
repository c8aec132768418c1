"""The console as a whole, spoken to over its wire."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calldeck_console import core
from calldeck_console.buttons import PLUG
from calldeck_console.link import EDGE_QUEUE, WINDOW, Identity
from calldeck_console.settings import Settings
from calldeck_console.state import State
from calldeck_wire import NEWEST_PROTOCOL, messages
from calldeck_wire.frames import FrameReader, encode_frame
from calldeck_wire.messages import Message
from calldeck_wire.modular import MASK, MODULUS, add

MUTE, HOLD, STATUS, ASSIST = range(4)


@dataclass
class Bench:
    """A console core on a bench: a clock, a cable and a finger."""

    now: int = 1000
    session: int = 0
    state: State = field(default_factory=lambda: State(Identity()))
    pins: int = 0
    reader: FrameReader = field(default_factory=FrameReader)
    received: list[tuple[Message, tuple[int, ...]]] = field(default_factory=list)

    def step(self, edges: list[tuple[int, bool, int, int]], rx: bytes = b"") -> None:
        self.state.room = 512
        self.pins, tx, wake_at = core.step(self.state, self.now, edges, rx)
        assert len(tx) <= 512
        assert 0 <= (wake_at - self.now) % MODULUS <= core.LONGEST_WAIT_MS
        for payload in self.reader.feed(tx):
            number, session = messages.peek(payload)
            message = messages.BY_NUMBER[number]
            values = messages.decode(message, payload)
            assert values is not None
            assert session == self.session
            self.received.append((message, values))

    def change(self, source: int, level: bool) -> None:
        self.step([(source, level, self.now, self.state.view)])

    def tap(self, button: int, held_ms: int = 80) -> None:
        self.change(button, True)
        self.wait(held_ms)
        self.change(button, False)
        self.wait(20)

    def send(self, message: Message, *values: object, tail: bytes = b"") -> None:
        payload = messages.encode(message, self.session, values, tail)
        self.step([], encode_frame(payload))

    def hello(self, session: int, newest: int = NEWEST_PROTOCOL) -> None:
        self.session = session
        self.send(messages.HELLO, 1, newest)

    def wait(self, ms: int) -> None:
        for _ in range(ms):
            self.now = add(self.now, 1)
            self.step([])

    def take(self, message: Message) -> list[tuple[int, ...]]:
        taken = [values for kind, values in self.received if kind is message]
        self.received = [item for item in self.received if item[0] is not message]
        return taken

    def show(self, number: int, flags: int = 0, **named: int) -> None:
        content = bytes(named.get(name, 0) for name in messages.LAMPS_ORDER)
        self.send(messages.LAMPS, number, add(self.now, 2000), flags, content)

    def lit(self, lamp: str) -> bool:
        return bool(self.pins >> messages.LAMPS_ORDER.index(lamp) & 1)

    @property
    def mute_lamp(self) -> bool:
        return bool(self.pins >> core.MICROPHONE_BIT & 1)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.hello(0x11111111)
    made.wait(5)
    return made


def test_a_hello_is_answered_with_who_and_what(bench: Bench) -> None:
    [welcome] = bench.take(messages.WELCOME)
    assert welcome[:4] == (1, 1, 0, 0)
    bench.hello(0x22222222)
    bench.wait(1)
    [welcome] = bench.take(messages.WELCOME)
    assert welcome[2] == 0x11111111


def test_edges_before_the_first_hello_are_counted_and_not_delivered() -> None:
    bench = Bench()
    bench.tap(HOLD)
    bench.hello(5)
    bench.wait(300)
    [welcome] = bench.take(messages.WELCOME)
    assert welcome[4] == 2  # unheard
    assert bench.take(messages.EDGE) == []
    bench.tap(HOLD)
    assert [edge[0] for edge in bench.take(messages.EDGE)] == [5, 5]


def test_an_edge_carries_what_was_shown_when_it_happened(bench: Bench) -> None:
    bench.show(7, hold=1)
    bench.change(HOLD, True)
    bench.wait(20)
    bench.show(8)
    bench.change(HOLD, False)
    assert [edge[5] for edge in bench.take(messages.EDGE)] == [7, 8]


def test_an_edge_stamped_while_the_next_state_was_on_its_way_shows_the_older(bench: Bench) -> None:
    bench.show(7, hold=1)
    before = bench.state.view
    content = bytes(10)
    payload = messages.encode(messages.LAMPS, bench.session, (8, add(bench.now, 2000), 0, content))
    bench.step([], encode_frame(payload))
    bench.step([(HOLD, True, bench.now, before)])
    [edge] = bench.take(messages.EDGE)
    assert edge[5] == 7


def test_a_late_loop_merges_no_presses(bench: Bench) -> None:
    view, start = bench.state.view, bench.now
    bench.now += 60
    taps = [(start, True), (start + 5, False), (start + 50, True)]
    bench.step([(HOLD, level, ms, view) for ms, level in taps])
    bench.wait(5)
    edges = bench.take(messages.EDGE)
    assert [(edge[4], bool(edge[3] & messages.EDGE_PRESSED)) for edge in edges] == taps


def test_an_edge_that_settles_in_a_later_session_was_born_in_its_own(bench: Bench) -> None:
    bench.change(HOLD, True)
    bench.wait(3)
    bench.change(HOLD, False)  # within the bounce time: it counts when that is over
    bench.hello(0x22222222)
    bench.wait(30)
    births = {edge[1]: edge[0] for edge in bench.take(messages.EDGE)}
    assert births == {0: 0x11111111, 1: 0x11111111}


def test_changes_lost_by_a_full_ring_are_a_fault(bench: Bench) -> None:
    bench.state.overrun = 7
    bench.wait(2)
    [fault] = bench.take(messages.FAULT)
    assert fault[:2] == (messages.FAULT_EDGE_OVERRUN, 7)


def test_an_edge_keeps_its_birth_when_a_later_session_retransmits_it(bench: Bench) -> None:
    bench.tap(HOLD)
    first = bench.take(messages.EDGE)
    bench.hello(0x22222222)
    bench.wait(5)
    again = bench.take(messages.EDGE)
    assert [edge[:2] for edge in again] == [edge[:2] for edge in first[:2]]
    assert {edge[0] for edge in again} == {0x11111111}


def test_unacknowledged_edges_are_repeated_and_acknowledged_ones_are_not(bench: Bench) -> None:
    bench.tap(HOLD)
    assert len(bench.take(messages.EDGE)) >= 2
    bench.wait(250)
    assert len(bench.take(messages.EDGE)) >= 4
    bench.send(messages.ACKNOWLEDGE, 2, 1)
    bench.take(messages.EDGE)
    bench.wait(500)
    assert bench.take(messages.EDGE) == []


def test_at_most_a_window_is_on_its_way_and_a_full_queue_drops_the_oldest(bench: Bench) -> None:
    for _ in range(EDGE_QUEUE):
        bench.tap(HOLD, held_ms=15)
    bench.take(messages.EDGE)
    bench.wait(101)
    edges = bench.take(messages.EDGE)
    assert len({edge[1] for edge in edges}) == WINDOW
    assert edges[0][1] == EDGE_QUEUE  # 64 presses and 64 releases, the older half dropped
    bench.send(messages.REPORT_REQUEST, messages.REPORT_STATS)
    [stats] = bench.take(messages.STATS)
    assert stats[2:4] == (EDGE_QUEUE, EDGE_QUEUE // 2)


def test_a_gap_is_told_with_its_times_when_it_is_over(bench: Bench) -> None:
    begins = bench.now
    for _ in range(EDGE_QUEUE):
        bench.tap(HOLD, held_ms=15)
    assert bench.take(messages.GAP) == []  # it is still growing
    bench.send(messages.ACKNOWLEDGE, EDGE_QUEUE + 1, 1)
    bench.wait(20)
    # Every 35 ms a press, and 15 ms later its release; the older 64 of 128 were dropped.
    last = begins + 35 * (EDGE_QUEUE // 2 - 1) + 15
    assert bench.take(messages.GAP) == [(EDGE_QUEUE, EDGE_QUEUE, begins, last)]
    bench.wait(1000)
    assert bench.take(messages.GAP) == []


def test_frames_of_another_session_are_ignored(bench: Bench) -> None:
    bench.show(3, hold=1)
    old, bench.session = bench.session, 0x33333333
    bench.show(4)
    bench.session = old
    assert bench.lit("hold")
    assert bench.state.link.stale == 1


def test_unknown_messages_are_skipped_and_counted(bench: Bench) -> None:
    for number in (0x7F, 0x82, 0xFF):
        payload = bytes([number]) + bench.session.to_bytes(4, "little") + b"news"
        bench.step([], encode_frame(payload))
    assert bench.state.link.unknown == 3
    bench.show(3, hold=1)
    assert bench.lit("hold")


def test_a_host_of_another_protocol_is_answered_but_opens_no_session() -> None:
    bench = Bench(session=9)
    bench.send(messages.HELLO, 2, 3)
    assert len(bench.take(messages.WELCOME)) == 1
    assert bench.state.link.session == 0


def test_an_incompatible_hello_is_no_session_to_be_named_and_no_reboot(bench: Bench) -> None:
    first = bench.session
    bench.session = 9
    bench.send(messages.HELLO, 2, 3)
    bench.wait(1)
    bench.take(messages.WELCOME)
    bench.hello(10)
    bench.wait(1)
    [welcome] = bench.take(messages.WELCOME)
    assert welcome[2] == first


def test_a_reset_order_dies_with_its_session(bench: Bench) -> None:
    bench.send(messages.RESET, 0, messages.MODE_BOOTLOADER)
    assert bench.state.reset_mode == messages.MODE_BOOTLOADER
    bench.hello(0x22222222)
    assert bench.state.reset_mode == -1


def test_the_hand_on_mute_is_stronger_than_a_request_of_the_host(bench: Bench) -> None:
    bench.change(PLUG, True)
    bench.tap(MUTE)
    bench.change(MUTE, True)
    assert bench.mute_lamp
    counter = bench.state.microphone.counter
    bench.send(messages.MICROPHONE_REQUEST, 0, counter, 0)
    bench.wait(5)
    assert bench.take(messages.CONFIRM)[-1][1] == messages.RESULT_STALE
    assert bench.mute_lamp


def test_orders_are_carried_out_once_each(bench: Bench) -> None:
    steps = (500).to_bytes(2, "little") * 2
    bench.send(messages.PATTERN, 0, 2, 100, tail=steps)
    bench.send(messages.PATTERN, 0, 2, 100, tail=steps)
    bench.send(messages.SETTING, 1, messages.SETTING_COUGH_MS, 5)
    bench.send(messages.SETTING, 2, 99, 5)
    bench.send(messages.PATTERN, 5, 2, 100, tail=steps)
    assert bench.take(messages.CONFIRM) == [
        (1, messages.RESULT_DONE),
        (1, messages.RESULT_DONE),
        (2, messages.RESULT_BAD_VALUE),
        (3, messages.RESULT_UNSUPPORTED),
        (3, messages.RESULT_UNSUPPORTED),
    ]


def test_the_mute_lamp_is_the_microphone_switch_with_the_host_dead() -> None:
    bench = Bench()
    bench.change(PLUG, True)
    assert bench.mute_lamp
    bench.tap(MUTE)
    assert not bench.mute_lamp
    bench.change(MUTE, True)
    assert bench.mute_lamp
    bench.wait(400)
    bench.change(MUTE, False)
    assert not bench.mute_lamp


def test_without_an_inline_headset_the_mute_lamp_needs_a_leased_fact(bench: Bench) -> None:
    usb = messages.HEADSET_USB
    bench.change(PLUG, True)
    bench.wait(20)
    bench.show(1, flags=usb)
    assert bench.state.microphone.muted
    assert not bench.mute_lamp
    bench.show(2, flags=usb | messages.FLAG_CONFIRMED_MUTE)
    assert bench.mute_lamp
    bench.wait(2001)
    assert not bench.mute_lamp  # a dark mute lamp: assume the customer hears you


def test_a_plug_contact_that_breaks_for_a_moment_opens_nothing(bench: Bench) -> None:
    bench.change(PLUG, True)
    bench.wait(50)
    assert bench.mute_lamp
    bench.change(PLUG, False)
    for _ in range(9):
        assert bench.mute_lamp
        bench.wait(1)
    bench.change(PLUG, True)
    bench.wait(50)
    assert bench.mute_lamp
    assert bench.state.microphone.plugged
    bench.change(PLUG, False)
    bench.wait(11)
    assert not bench.mute_lamp


def test_sensing_a_plug_returns_the_switch_to_the_consoles_own_state(bench: Bench) -> None:
    bench.show(1)
    assert not bench.mute_lamp
    bench.change(PLUG, True)
    assert bench.mute_lamp


def test_the_microphone_is_reported_with_its_counter_until_acknowledged(bench: Bench) -> None:
    reports = bench.take(messages.MICROPHONE)
    counter = reports[0][0]
    bench.wait(250)
    assert len(bench.take(messages.MICROPHONE)) == 2
    bench.send(messages.ACKNOWLEDGE, 0, counter)
    bench.wait(500)
    assert bench.take(messages.MICROPHONE) == []
    bench.send(messages.MICROPHONE_REQUEST, 0, counter, 0)
    [report] = bench.take(messages.MICROPHONE)
    assert report[:3] == (counter + 1, 0, messages.MICROPHONE_BY_HOST)


def test_while_a_button_is_down_the_bitmap_says_so_every_100_ms(bench: Bench) -> None:
    bench.change(STATUS, True)
    bench.wait(60)
    bench.change(HOLD, True)
    bench.wait(250)
    held = bench.take(messages.HELD)
    assert [values[0] for values in held] == [0b0110] * 3
    bench.change(STATUS, False)
    bench.change(HOLD, False)
    bench.wait(300)
    assert bench.take(messages.HELD) == []


def test_a_button_that_is_tapped_does_not_starve_the_bitmap_of_another(bench: Bench) -> None:
    bench.change(STATUS, True)
    for _ in range(20):
        bench.tap(HOLD, held_ms=40)
        bench.wait(30)
    held = [values[0] & 0b0100 for values in bench.take(messages.HELD)]
    assert len(held) >= 17
    assert all(held)


def test_a_stalled_host_costs_statistics_first_and_no_edge(bench: Bench) -> None:
    bench.send(messages.REPORT_REQUEST, messages.REPORT_STATS)
    bench.take(messages.STATS)
    bench.state.room = 0
    core.step(bench.state, bench.now, [(HOLD, True, bench.now, bench.state.view)], b"")
    _pins, tx, _wake = core.step(bench.state, bench.now, [], b"")
    assert tx == b""
    bench.wait(1)
    assert len(bench.take(messages.EDGE)) == 1


@pytest.mark.parametrize("start", [MODULUS - 700, MODULUS - 3])
def test_time_and_sequence_may_wrap_at_any_moment(start: int) -> None:
    bench = Bench(now=start)
    bench.state.link.edges.base = MASK
    bench.hello(77)
    bench.show(1, hold=1)
    for _ in range(4):
        bench.tap(HOLD, held_ms=200)
    sequences = [edge[1] for edge in bench.take(messages.EDGE)]
    assert list(dict.fromkeys(sequences)) == [MASK, 0, 1, 2, 3, 4, 5, 6]
    assert bench.lit("hold")


actions = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.integers(0, PLUG), st.booleans()),
        st.tuples(st.just("wait"), st.integers(1, 60), st.none()),
        st.tuples(st.just("bytes"), st.binary(max_size=20), st.none()),
        st.tuples(st.just("show"), st.integers(1, 9), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(actions, actions)
def test_a_copy_has_the_same_key_and_the_same_future(
    past: list[tuple], future: list[tuple]
) -> None:  # type: ignore[type-arg]
    one = Bench()
    one.hello(0x55555555)
    play(one, past)
    two = Bench(now=one.now, session=one.session, pins=one.pins)
    one.state.copy_to(two.state)
    assert two.state.key(one.now) == one.state.key(one.now)
    one.received.clear()
    one.reader = FrameReader()
    play(one, future)
    play(two, future)
    assert (one.pins, one.received) == (two.pins, two.received)
    assert two.state.key(one.now) == one.state.key(one.now)


def play(bench: Bench, steps: list[tuple]) -> None:  # type: ignore[type-arg]
    for kind, first, second in steps:
        if kind == "change":
            bench.change(first, second)
        elif kind == "wait":
            bench.wait(first)
        elif kind == "bytes":
            bench.step([], first)
        else:
            bench.show(first, hold=1)


def plain_fields(part: object) -> dict[str, object]:
    """Return what a part remembers; names with an underscore are worked out from the rest."""
    kinds = (int, bool, bytes, list, bytearray)
    found = {name: value for name, value in vars(part).items() if not name.startswith("_")}
    return {name: value for name, value in found.items() if type(value) in kinds}


def test_all_attributes_of_the_state_are_copied() -> None:
    """A field added to a part and forgotten in `copy_to` would make the model check lie."""
    one, two = State(Identity()), State(Identity())
    names = ("inputs", "microphone", "lamps", "link", "settings")
    parts = [one, *(getattr(one, name) for name in names)]
    for part in parts:
        for name, value in plain_fields(part).items():
            if type(value) is int:
                setattr(part, name, value + 1)
            elif type(value) is bool:
                setattr(part, name, not value)
    one.copy_to(two)
    for part, copy in zip(parts, [two, *(getattr(two, name) for name in names)], strict=True):
        assert plain_fields(copy) == plain_fields(part)


# --- what the host may order ------------------------------------------------------------


def order(bench: Bench, message: Message, *values: object, tail: bytes = b"") -> int:
    """Give the next order; return its result."""
    number = bench.state.link.orders.expected
    bench.take(messages.CONFIRM)
    bench.send(message, number, *values, tail=tail)
    bench.wait(3)
    [(next_order, result)] = bench.take(messages.CONFIRM)
    assert next_order == number + 1
    return result


LAMPS = (1 << messages.LAMP_COUNT) - 1


def test_a_lamp_test_lights_all_lamps_for_its_time_and_no_press_counts_as_seen(
    bench: Bench,
) -> None:
    bench.show(3, hold=1)
    mute = bench.mute_lamp
    assert order(bench, messages.DISPLAY, messages.DISPLAY_TEST, 500) == messages.RESULT_DONE
    assert bench.pins & LAMPS == LAMPS
    assert bench.mute_lamp == mute
    bench.tap(HOLD)
    assert {edge[5] for edge in bench.take(messages.EDGE)} == {0}
    bench.wait(500)
    bench.send(messages.ACKNOWLEDGE, 2, 1)
    bench.take(messages.EDGE)
    assert bench.lit("hold")
    assert not bench.lit("attention")
    bench.tap(HOLD)
    assert [edge[5] for edge in bench.take(messages.EDGE)] == [3, 3]


@pytest.mark.parametrize(("what", "ms"), [(1, 0), (1, 10_001), (3, 5)])
def test_a_display_that_makes_no_sense_is_refused(bench: Bench, what: int, ms: int) -> None:
    bench.show(3, hold=1)
    assert order(bench, messages.DISPLAY, what, ms) == messages.RESULT_BAD_VALUE
    assert bench.lit("hold")
    assert not bench.lit("attention")


@pytest.mark.parametrize("what", [messages.DISPLAY_TEST, messages.DISPLAY_DARK])
def test_during_a_call_the_lamps_are_the_agents(bench: Bench, what: int) -> None:
    bench.show(3, flags=messages.FLAG_CALL_ACTIVE, hold=1)
    assert order(bench, messages.DISPLAY, what, 500) == messages.RESULT_BUSY
    assert bench.lit("hold")
    assert not bench.lit("attention")


def test_a_dark_console_stays_dark_until_somebody_presses_a_button(bench: Bench) -> None:
    bench.show(3, hold=1)
    assert order(bench, messages.DISPLAY, messages.DISPLAY_DARK, 0) == messages.RESULT_DONE
    for _ in range(50):
        bench.wait(100)
        assert bench.pins & LAMPS == 0
    bench.take(messages.EDGE)
    bench.tap(STATUS)
    assert bench.take(messages.EDGE)[0][5] == 0
    lit = set()
    for _ in range(25):
        bench.wait(100)
        lit.add(bench.lit("attention"))
    assert lit == {True, False}  # link lost


def test_a_hello_lights_a_dark_console(bench: Bench) -> None:
    order(bench, messages.DISPLAY, messages.DISPLAY_DARK, 0)
    bench.hello(0x22222222)
    bench.show(1, hold=1)
    assert bench.lit("hold")


def test_a_lamp_is_as_bright_as_its_pattern_and_the_hour_have_it(bench: Bench) -> None:
    hold = messages.LAMPS_ORDER.index("hold")
    order(bench, messages.SETTING, messages.SETTING_DAY_PERCENT, 80)
    order(bench, messages.SETTING, messages.SETTING_NIGHT_PERCENT, 10)
    order(bench, messages.PATTERN, 2, 50)
    bench.show(3, hold=2, queue_1=1)
    assert bench.lit("hold")
    assert bench.state.lamps.brightness[hold] == 40
    assert bench.state.lamps.brightness[5] == 80
    bench.show(4, flags=messages.FLAG_NIGHT, hold=2, queue_1=1)
    assert (bench.state.lamps.brightness[hold], bench.state.lamps.brightness[5]) == (5, 10)
    bench.wait(2500)  # link lost: by day, and not by what a pattern says
    assert set(bench.state.lamps.brightness) == {80}


def test_a_pattern_of_no_brightness_is_refused(bench: Bench) -> None:
    assert order(bench, messages.PATTERN, 2, 0, tail=b"") == messages.RESULT_BAD_VALUE
    assert order(bench, messages.PATTERN, 2, 101, tail=b"") == messages.RESULT_BAD_VALUE


def test_the_desk_has_a_name_of_at_most_32_bytes(bench: Bench) -> None:
    for tail, result in (
        ("Platz 12 ü".encode(), messages.RESULT_DONE),
        (b"x" * 33, messages.RESULT_BAD_VALUE),
        (b"\xff\xfe", messages.RESULT_BAD_VALUE),
    ):
        assert order(bench, messages.LABEL, tail=tail) == result
    assert bench.state.settings.label == "Platz 12 ü".encode()
    bench.send(messages.REPORT_REQUEST, messages.REPORT_SETTINGS)
    [settings] = bench.take(messages.SETTINGS)
    assert settings == (0, 0, 250, 10, 1, 100, 100)


def test_the_levels_are_told_as_the_board_reads_them(bench: Bench) -> None:
    bench.state.levels = (5, 1, 0x3FF, 1)
    bench.send(messages.REPORT_REQUEST, messages.REPORT_LEVELS)
    assert bench.take(messages.LEVELS) == [(5, 1, 0x3FF, 1, bench.now)]


def test_in_normal_life_nobody_drives_lamps(bench: Bench) -> None:
    assert order(bench, messages.DRIVE, 0x3FF, 1) == messages.RESULT_UNSUPPORTED
    assert bench.pins & LAMPS in (0, 1 << messages.LAMPS_ORDER.index("attention"))


def test_in_self_test_lamps_and_switch_do_what_they_are_told_and_inputs_are_told() -> None:
    bench = Bench(state=State(Identity(mode=messages.MODE_SELF_TEST)))
    bench.hello(7)
    bench.wait(5)
    assert bench.take(messages.WELCOME)[0][13] == messages.MODE_SELF_TEST
    for lamps, muted in ((0x2AA, 1), (0x155, 0)):
        assert order(bench, messages.DRIVE, lamps, muted) == messages.RESULT_DONE
        assert (bench.pins & LAMPS, bench.mute_lamp) == (lamps, bool(muted))
    bench.take(messages.LEVELS)
    bench.change(PLUG, True)
    bench.wait(1)
    assert len(bench.take(messages.LEVELS)) == 1
    bench.wait(5000)
    assert bench.pins & LAMPS == 0x155  # no lease here


def test_the_flight_recorder_of_the_boot_before_comes_in_pieces(bench: Bench) -> None:
    bench.state.flight = bytes(range(150))
    bench.send(messages.REPORT_REQUEST, messages.REPORT_FLIGHT)
    bench.wait(5)
    assert bench.take(messages.FLIGHT) == [(0, 150), (64, 150), (128, 150)]


def test_a_reset_into_self_test_can_be_ordered(bench: Bench) -> None:
    assert order(bench, messages.RESET, messages.MODE_SELF_TEST) == messages.RESULT_DONE
    assert bench.state.reset_mode == messages.MODE_SELF_TEST
    assert order(bench, messages.RESET, 4) == messages.RESULT_UNSUPPORTED


@pytest.mark.parametrize("safe", [0, 1])
def test_the_microphone_starts_as_the_desk_has_it(safe: int) -> None:
    kept = Settings()
    kept.safe_muted = safe
    assert State(Identity(), kept).microphone.muted == bool(safe)
