"""The MUTE rule: tap toggles, hold is a cough key, and nothing opens by going down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck_console.microphone import COUGH_MS, Microphone
from calldeck_wire import messages
from calldeck_wire.modular import MODULUS, add


def microphone(*, muted: bool) -> Microphone:
    made = Microphone()
    made.muted = muted
    return made


@pytest.mark.parametrize(
    ("muted", "held_ms", "while_down", "after"),
    [
        (False, 80, True, True),  # open, tap: muted from the press on
        (False, COUGH_MS - 1, True, True),
        (False, COUGH_MS, True, False),  # open, hold: a cough
        (False, 5000, True, False),
        (True, 80, True, False),  # muted, tap: opens on release
        (True, COUGH_MS - 1, True, False),
        (True, COUGH_MS, True, True),  # muted, hold: stays muted
    ],
)
@pytest.mark.parametrize("start_ms", [0, MODULUS - 40])
def test_the_rule(muted: bool, held_ms: int, while_down: bool, after: bool, start_ms: int) -> None:
    mic = microphone(muted=muted)
    mic.edge(True, start_ms, COUGH_MS)
    assert mic.muted is while_down
    mic.edge(False, add(start_ms, held_ms), COUGH_MS)
    assert mic.muted is after


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 600)), max_size=40))
def test_it_never_opens_on_a_press_edge_and_counts_every_change(
    edges: list[tuple[bool, int]],
) -> None:
    mic = microphone(muted=True)
    now = 0
    for pressed, after_ms in edges:
        now += after_ms
        muted, counter = mic.muted, mic.counter
        mic.edge(pressed, now, COUGH_MS)
        if muted and not mic.muted:
            assert not pressed
        assert mic.counter - counter == (muted != mic.muted)


def test_a_release_without_a_press_changes_nothing() -> None:
    mic = microphone(muted=True)
    mic.edge(False, 50, COUGH_MS)
    assert mic.muted


def test_a_host_request_is_refused_when_the_microphone_has_changed_since() -> None:
    mic = microphone(muted=True)
    based_on = mic.counter
    mic.edge(True, 0, COUGH_MS)
    mic.edge(False, 50, COUGH_MS)
    assert not mic.muted
    assert mic.request(based_on, False) == messages.RESULT_STALE
    assert mic.request(based_on, True) == messages.RESULT_STALE
    assert not mic.muted
    assert mic.request(mic.counter, True) == messages.RESULT_DONE
    assert mic.muted
    assert mic.cause == messages.MICROPHONE_BY_HOST


@pytest.mark.parametrize("headset", [0, 1, 2])
@pytest.mark.parametrize("plugged", [False, True])
@pytest.mark.parametrize("muted", [False, True])
@pytest.mark.parametrize("confirmed", [False, True])
def test_the_switch_follows_the_state_only_where_the_microphone_hangs_on_it(
    headset: int, plugged: bool, muted: bool, confirmed: bool
) -> None:
    mic = microphone(muted=muted)
    mic.plugged = plugged
    hangs_on_it = headset == messages.HEADSET_INLINE and plugged
    assert mic.net_muted(headset, confirmed) is (muted if hangs_on_it else confirmed)


def test_a_report_is_repeated_until_it_is_acknowledged() -> None:
    mic = Microphone()
    assert mic.due(0)
    mic.mark_reported(0)
    assert not mic.due(99)
    assert mic.due(100)
    assert mic.wait_ms(30) == 70
    mic.acknowledge(mic.counter)
    assert not mic.due(1000)
    assert mic.wait_ms(1000) == -1
    mic.retell()
    assert mic.due(1000)
