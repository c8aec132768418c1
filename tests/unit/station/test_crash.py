"""The daemon dies at every interesting instant: acted at most once, never late, never unsaid."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.clock import run
from tests.unit.station.place import Place, kill_at

from calldeck.desk import Button, Status

HOLD, STATUS, ASSIST = Button.HOLD, Button.STATUS, Button.ASSIST
EXPIRY_MS = 1_500
INSTANTS = [
    ("received", False),
    ("received", True),
    ("released", False),
    ("released", True),
    ("noted", False),
    ("noted", True),
    ("issued", False),
    ("issued", True),
    ("outcome", False),
    ("outcome", True),
]


async def dies_at(place: Place, button: Button, kind: str, after: bool, away_s: float) -> None:
    """Tap a button, let the daemon die of it, and start the next one after a while."""
    kill_at(place, kind, after=after, button=button)
    died = place.daemon
    place.console.change(button, True)
    await asyncio.sleep(0.05)
    place.console.change(button, False)
    await place.until(lambda: not died.alive)
    await asyncio.sleep(away_s)
    place.start()
    await place.ready()
    await asyncio.sleep(4)


def expected(kind: str, after: bool, away_s: float, button: Button) -> tuple[str, int]:
    """Return how the press ends (its first word), and how often the switch hears of it."""
    if kind == "received" and not after:
        # The console still has it; the new daemon does not know what was shown at that time.
        return ("refused" if away_s < 1 else "expired"), 0
    if kind == "received" and button is not HOLD:
        # Its release came after the death: a tap that is torn apart never acts.
        return "cancelled", 0
    if (kind, after) == ("released", False) and button is not HOLD:
        return "cancelled", 0
    if kind in ("released", "noted") and button is HOLD:
        return "confirmed", 1  # it had acted long before
    if kind != "outcome" and (kind, after) != ("issued", True):
        return ("confirmed", 1) if away_s < 1 else ("expired", 0)
    if kind == "issued":
        return "unknown", 0  # killed between its line and the bytes
    return ("unknown", 1) if not after else ("confirmed", 1)


@pytest.mark.parametrize("away_s", [0.1, 2.0])
@pytest.mark.parametrize(("kind", "after"), INSTANTS)
@pytest.mark.parametrize("button", [HOLD, STATUS, ASSIST])
def test_a_press_acts_at_most_once_and_never_late(
    button: Button, kind: str, after: bool, away_s: float, tmp_path: Path
) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            if button is HOLD:
                await place.talking()
            else:
                await place.ready()
            began = place.now
            await dies_at(place, button, kind, after, away_s)
            place.check_ledger()
            press = place.presses(button)[-1]
            outcome, heard = expected(kind, after, away_s, button)
            ((said, _why),) = place.outcomes(press)
            acted = place.acted(press)
            assert (said, len(acted)) == (outcome, heard)
            assert all(at_ms - began <= EXPIRY_MS + 100 for at_ms in acted)
            counts = place.daemon.station.session.account.counts()
            assert (counts.lost, counts.duplicated) == (0, 0)

    run(test())


def test_what_is_unknown_after_a_death_is_shown(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            kill_at(place, "issued", after=True)
            place.console.change(HOLD, True)
            await place.until(lambda: not place.daemon.alive)
            place.console.change(HOLD, False)
            place.start()
            desk = place.daemon.station
            await place.until(lambda: desk.desk.feedback is not None)
            assert desk.desk.feedback is not None
            assert desk.desk.feedback.why == "daemon_restarted"
            # And the truth is the ACD's: it never got the command.
            await place.ready()
            assert desk.desk.status is Status.TALKING

    run(test())


def test_an_edge_born_under_an_earlier_daemon_is_refused_with_feedback(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            place.daemon.kill()
            await place.tap(HOLD)  # still shown as it was: the lease runs
            place.start()
            station = place.daemon.station
            await place.until(lambda: bool(station.desk.feedback))
            await place.ready()
            press = place.presses(HOLD)[-1]
            assert place.outcomes(press) == [("refused", "not_shown")]
            assert place.acted(press) == []
            counts = station.session.account.counts()
            assert (counts.sent, counts.delivered, counts.lost) == (1, 1, 0)
            assert station.tally.refused == 1
            place.check_ledger()

    run(test())


@pytest.mark.parametrize("away_s", [0.05, 0.5, 3.0])
def test_a_tap_whose_release_comes_after_the_restart_never_acts(
    away_s: float, tmp_path: Path
) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            place.console.change(STATUS, True)
            await asyncio.sleep(0.05)
            place.daemon.kill()
            await asyncio.sleep(away_s)
            place.start()
            await place.ready()
            place.console.change(STATUS, False)
            await asyncio.sleep(3)
            press = place.presses(STATUS)[-1]
            assert place.outcomes(press) == [("cancelled", "daemon_restarted")]
            assert place.acted(press) == []
            assert place.daemon.station.desk.status is Status.NOT_READY
            place.check_ledger()

    run(test())


def test_a_tap_that_was_whole_on_record_acts_once_within_its_time(tmp_path: Path) -> None:
    """Held for longer than the expiry: it is the release that acts, and that one is young."""

    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            place.console.change(ASSIST, True)
            await asyncio.sleep(1.3)
            kill_at(place, "issued", after=False)
            place.console.change(ASSIST, False)
            await place.until(lambda: not place.daemon.alive)
            await asyncio.sleep(0.4)
            place.start()
            await place.ready()
            await asyncio.sleep(1)
            press = place.presses(ASSIST)[-1]
            assert len(place.acted(press)) == 1
            assert place.outcomes(press)[0][0] == "confirmed"
            place.check_ledger()

    run(test())


def test_a_wall_clock_that_was_set_back_makes_nothing_young_again(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            kill_at(place, "received", after=True, button=HOLD)
            place.console.change(HOLD, True)
            await place.until(lambda: not place.daemon.alive)
            place.console.change(HOLD, False)
            await asyncio.sleep(60)
            place.wall_offset_ms -= 3_600_000
            place.start()
            await place.ready()
            await asyncio.sleep(1)
            press = place.presses(HOLD)[-1]
            assert place.outcomes(press) == [("expired", "expired")]
            assert place.acted(press) == []

    run(test())


def test_a_daemon_that_dies_again_and_again_leaves_nothing_open(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            for at, (kind, after) in enumerate(INSTANTS * 2):
                button = (HOLD, ASSIST)[at % 2]
                await dies_at(place, button, kind, after, (0.1, 0.4, 2.0)[at % 3])
                place.check_ledger()
            assert place.lives == 1 + 2 * len(INSTANTS)

    run(test())
