"""`kill -9` of the daemon while somebody presses: nothing lost, nothing done twice."""

import statistics
from pathlib import Path

import pytest
from tests.system import kills
from tests.system.kills import Found, Press

from calldeck.journal.lines import FILE_NAME, sealed

LIMIT_S = 2.0


@pytest.mark.parametrize(
    "count, seed",
    [
        pytest.param(20, 1, marks=pytest.mark.timeout(180)),
        pytest.param(200, 2, marks=[pytest.mark.full, pytest.mark.timeout(1800)]),
    ],
    ids=["20", "200"],
)
def test_no_press_is_lost_or_doubled(leaves_nothing_behind, uf2, tmp_path, count, seed):
    found = kills.run(uf2, tmp_path, count, seed)
    assert found.kills == count
    assert found.lost == []
    assert found.doubled == []
    assert found.damaged == 0
    assert sum(found.outcomes.values()) == found.presses > 2 * count
    # Some acted, some came too late to act, and some were pressed on a dead daemon's lamps.
    assert found.outcomes["confirmed"] > 0
    assert found.outcomes["refused"] > 0
    assert len(found.truth_s) > count / 4
    # A computer that is too busy for the emulator says nothing about how fast daemons start.
    if found.calm_s:
        assert statistics.median(found.calm_s) <= LIMIT_S


# --- the judge itself must be able to find fault -------------------------------------------------

BIRTH = 7


def line(kind: str, number: int, **more: object) -> dict[str, object]:
    return {"line": kind, "press": f"{BIRTH:08x}-{number}", "at": 1, **more}


def received(number: int, button: str, ms: int) -> dict[str, object]:
    edge = {"birth": BIRTH, "sequence": number, "button": button, "pressed": True}
    more = {"console_ms": ms, "age_ms": 0, "expired": False, "shown": None}
    return line("received", number, **edge, **more)


def judged(
    folder: Path, lines: list[dict[str, object]], presses: list[Press], counted: int
) -> Found:
    (folder / FILE_NAME).write_bytes(b"".join(map(sealed, lines)))
    found = Found()
    kills.judge(found, presses, folder, counted)
    return found


HOLD = [received(0, "HOLD", 1000), line("issued", 0), line("outcome", 0, outcome="confirmed")]
TWICE = [*HOLD, received(2, "HOLD", 1010), line("outcome", 2, outcome="refused")]
HELD = Press("HOLD", 1_000_400, 1_080_000)
AGAIN = Press("HOLD", 1_500_000, 1_580_000)


def test_the_judge_is_content_with_one_press_that_acted_once(tmp_path):
    found = judged(tmp_path, HOLD, [HELD], 1)
    assert (found.lost, found.doubled, found.presses) == ([], [], 1)
    assert found.outcomes == {"confirmed": 1}


@pytest.mark.parametrize(
    "lines, presses, counted, lost, doubled",
    [
        ([*HOLD, line("issued", 0)], [HELD], 1, 0, 1),
        ([*HOLD, line("outcome", 0, outcome="refused")], [HELD], 1, 0, 1),
        ([*HOLD, HOLD[0]], [HELD], 1, 0, 1),
        (HOLD[:2], [HELD], 1, 1, 0),
        (HOLD, [HELD, AGAIN], 2, 1, 0),
        (HOLD, [HELD], 2, 1, 0),
        (HOLD, [], 1, 0, 1),
        (TWICE, [HELD], 1, 0, 1),
        (HOLD, [Press("STATUS", 1_000_000, 1_080_000)], 1, 1, 1),
    ],
    ids=[
        "issued twice", "ended twice", "received twice", "no outcome", "not on record",
        "counted and not on record", "nobody pressed", "one press under two names",
        "another button",
    ],
)  # fmt: skip
def test_the_judge_finds_fault(tmp_path, lines, presses, counted, lost, doubled):
    found = judged(tmp_path, lines, presses, counted)
    assert (len(found.lost), len(found.doubled)) == (lost, doubled)
