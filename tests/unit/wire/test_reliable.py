"""The reliable link as a state machine: whatever the line does, in order and exactly once."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from calldeck_wire.modular import MASK, MODULUS, add, difference
from calldeck_wire.reliable import GAP, NEW, REPEATED, Inbox, Outbox

ring = st.integers(0, MASK)


@given(ring, st.integers(-(MODULUS // 2), MODULUS // 2 - 1))
def test_difference_undoes_add_across_the_wrap(value: int, amount: int) -> None:
    assert difference(add(value, amount), value) == amount


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    loss=st.sampled_from([0.0, 0.2, 0.6]),
    first=st.sampled_from([0, MASK - 5, MASK]),
    pushes=st.integers(1, 60),
)
def test_everything_arrives_once_and_in_order(
    seed: int, loss: float, first: int, pushes: int
) -> None:
    chance = random.Random(seed)
    outbox, inbox = Outbox(64, 8, 100), Inbox()
    outbox.base = first
    inbox.start(first)
    received: list[object] = []
    line: list[tuple[int, int, object]] = []
    now = MASK - 300
    waiting = list(range(pushes))
    for _turn in range(20_000):
        if len(received) == pushes and not outbox.count:
            break
        now = add(now, chance.randrange(1, 40))
        if waiting and chance.random() < 0.3:
            assert outbox.push(waiting.pop(0)) is None
        while (place := outbox.due(now)) >= 0:
            for _copy in range(chance.choice([1, 1, 2])):
                line.append((outbox.number(place), outbox.base, outbox.item(place)))
            outbox.mark_sent(now)
        assert outbox.sent <= 8
        while line and chance.random() < 0.8:
            number, oldest, item = line.pop(0)
            if chance.random() < loss:
                continue
            if inbox.accept(number, oldest) == NEW:
                received.append(item)
            if chance.random() >= loss:
                outbox.acknowledge(inbox.expected, now)
    assert received == list(range(pushes))
    assert inbox.skipped == 0


def test_a_full_queue_drops_the_oldest_and_the_receiver_learns_how_many() -> None:
    outbox, inbox = Outbox(4, 2, 100), Inbox()
    assert [outbox.push(item) for item in range(4)] == [None] * 4
    assert [outbox.push(item) for item in (4, 5)] == [0, 1]
    assert outbox.due(0) == 0
    assert inbox.accept(outbox.number(0), outbox.base) == NEW
    assert inbox.skipped == 2
    assert outbox.item(0) == 2


def test_repeats_and_gaps_are_told_apart() -> None:
    inbox = Inbox()
    inbox.start(MASK)
    assert inbox.accept(MASK, MASK) == NEW
    assert inbox.accept(MASK, MASK) == REPEATED
    assert inbox.accept(2, MASK) == GAP
    assert inbox.accept(0, MASK) == NEW


def test_an_acknowledgement_from_elsewhere_releases_nothing() -> None:
    outbox = Outbox(8, 8, 100)
    outbox.push("edge")
    assert outbox.acknowledge(2, 0) == 0
    assert outbox.acknowledge(MASK, 0) == 0
    assert outbox.acknowledge(1, 0) == 1
    assert outbox.count == 0


def test_silence_sends_the_oldest_again_but_no_sooner_than_asked() -> None:
    outbox = Outbox(8, 2, 100)
    for item in range(3):
        outbox.push(item)
    sent = []
    for now in range(0, 201, 50):
        while (place := outbox.due(now)) >= 0:
            sent.append((now, outbox.number(place)))
            outbox.mark_sent(now)
    assert sent == [(0, 0), (0, 1), (100, 0), (100, 1), (200, 0), (200, 1)]


def test_copy_and_key_agree() -> None:
    outbox, other = Outbox(8, 2, 100), Outbox(8, 2, 100)
    outbox.push("edge")
    outbox.mark_sent(5)
    outbox.copy_to(other)
    assert other.key(9) == outbox.key(9)
    other.acknowledge(1, 9)
    assert other.key(9) != outbox.key(9)
