"""The console's flight recorder, from the console's pure one through the link into words."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.clock import run
from tests.unit.cli.test_run import call
from tests.unit.link.frames import losing
from tests.unit.link.rig import Rig
from tests.unit.station.place import Place

from calldeck.link.console_flight import Pieces, read
from calldeck.link.decode import restart_of
from calldeck.link.frame_file import FOLDER_NAME, frame_files, read_frames
from calldeck.link.session import FLIGHT_AGAIN_MS
from calldeck_console.flight import Recorder
from calldeck_wire import flight, messages
from calldeck_wire.modular import MASK, add

TRACEBACK = """Traceback (most recent call last):
  File "calldeck_console/pico/runner.py", line 53, in run
  File "calldeck_console/core.py", line 40, in advance
ValueError: boom
"""


def recorder(ms: int = 10, cause: int = messages.CAUSE_POWER) -> Recorder:
    made = Recorder(bytearray(flight.BYTES))
    made.begin(ms, cause, messages.MODE_NORMAL)
    return made


def at(made: Recorder, stage: int, ran: int, turn: int, fed: int) -> Recorder:
    for place, value in (
        (flight.STAGE, stage),
        (flight.RAN, ran),
        (flight.TURN, turn),
        (flight.FED, fed),
    ):
        made.set_word(place, value)
    return made


# --- the recorder itself -------------------------------------------------------------------------


def test_the_newest_records_are_kept_in_order() -> None:
    made = recorder()
    for number in range(3 * flight.RECORDS):
        made.record(100 + number, flight.LAPSE, number)
    found = read(made.contents())
    assert found is not None
    words = [line.split(maxsplit=1)[1] for line in found.lines[:-1]]
    assert words == [f"lapse {n}" for n in range(2 * flight.RECORDS, 3 * flight.RECORDS)]


def test_every_kind_of_record_has_words() -> None:
    made = recorder()
    made.record(11, flight.SESSION, 0xABCDEF)
    made.record(12, flight.ORDER, messages.PATTERN.number << 8 | messages.RESULT_BAD_VALUE)
    made.record(13, flight.EDGE, messages.EDGE_PRESSED | messages.BUTTON_HOLD)
    made.record(14, flight.EDGE, messages.BUTTON_HOLD)
    made.record(15, flight.LAPSE, 3)
    made.record(16, flight.FAULT, messages.FAULT_STUCK_BUTTON << 16 | 2)
    made.record(17, flight.COLLECTION, 7_000)
    made.record(18, flight.FLASH, 1 << 8 | flight.FLASH_ERASE)
    made.record(19, flight.FLASH, 0 << 8 | 1)
    at(made, flight.STAGE_WAIT, 0, 510, 10)
    found = read(made.contents())
    assert found is not None
    assert [line.split() for line in found.lines] == [
        ["-1000", "boot", "cause=power", "mode=normal"],
        ["-999", "session", "..abcdef"],
        ["-998", "order", "pattern", "result=2"],
        ["-997", "edge", "HOLD", "down"],
        ["-996", "edge", "HOLD", "up"],
        ["-995", "lapse", "3"],
        ["-994", "fault", "code=1", "detail=2"],
        ["-993", "collection", "us=7000"],
        ["-992", "flash", "sector=1", "erase"],
        ["-991", "flash", "sector=0", "page=1"],
        ["-500", "wait"],
    ]


def test_times_before_a_wrap_of_the_clock_are_told_right() -> None:
    made = recorder(MASK - 5)
    made.record(add(MASK, 3), flight.LAPSE, 1)
    at(made, flight.STAGE_LINK, flight.PART_INPUTS | flight.PART_LAMPS, add(MASK, 40), MASK - 2)
    found = read(made.contents())
    assert found is not None
    assert [int(line.split()[0]) for line in found.lines] == [-1003, -995, -958]
    assert (found.doing, found.for_ms, found.missing) == ("link", 958, ())


INPUTS, LAMPS, LINK = flight.PART_INPUTS, flight.PART_LAMPS, flight.PART_LINK


@pytest.mark.parametrize(
    ("stage", "ran", "missing"),
    [
        # Hung in a healthy turn, or before it.
        (flight.STAGE_INPUTS, 0, ()),
        (flight.STAGE_INPUTS, LAMPS, ()),
        (flight.STAGE_CORE, INPUTS, ()),
        (flight.STAGE_CORE, INPUTS | LAMPS, ()),
        (flight.STAGE_LAMPS, INPUTS | LAMPS, ()),
        (flight.STAGE_LINK, INPUTS | LAMPS, ()),
        (flight.STAGE_LINK, INPUTS | LAMPS | LINK, ()),
        (flight.STAGE_LINK, 0, ()),
        (flight.STAGE_WAIT, 0, ()),
        (flight.STAGE_COLLECTION, 0, ()),
        (flight.STAGE_FLASH, 0, ()),
        (flight.STAGE_RESET, INPUTS | LAMPS | LINK, ()),
        # The loop went on, and the watchdog saw that something did not.
        (flight.STAGE_WAIT, INPUTS | LINK, ("lamps",)),
        (flight.STAGE_CORE, INPUTS | LINK, ("lamps",)),
        (flight.STAGE_WAIT, INPUTS | LAMPS, ("link",)),
        (flight.STAGE_WAIT, LAMPS | LINK, ("inputs",)),
        (flight.STAGE_WAIT, LINK, ("inputs", "lamps")),
    ],
)
def test_what_did_not_run_is_told_only_where_the_loop_went_on(
    stage: int, ran: int, missing: tuple[str, ...]
) -> None:
    found = read(at(recorder(), stage, ran, 900, 500).contents())
    assert found is not None
    assert found.missing == missing


def test_an_error_is_told_in_a_line_and_whole() -> None:
    made = recorder()
    made.end_by_error(5_000, TRACEBACK)
    found = read(made.contents())
    assert found is not None
    assert found.error == TRACEBACK
    assert found.last_error == (
        'ValueError: boom (File "calldeck_console/core.py", line 40, in advance)'
    )
    assert found.lines[-4:] == tuple(TRACEBACK.splitlines())
    assert made.text() == TRACEBACK


def test_of_a_long_error_the_end_is_kept() -> None:
    made = recorder()
    made.end_by_error(5_000, "long " * 100 + "\N{SNOWMAN}" * 20 + TRACEBACK)
    found = read(made.contents())
    assert found is not None
    assert found.error.endswith(TRACEBACK)
    assert len(found.error.encode()) >= flight.TEXT_BYTES - 3
    assert made.text().endswith(TRACEBACK)


def test_the_next_boot_begins_with_an_empty_one() -> None:
    made = recorder()
    made.record(20, flight.LAPSE, 1)
    made.end_by_error(30, TRACEBACK)
    made.begin(5, messages.CAUSE_EXCEPTION, messages.MODE_SELF_TEST)
    found = read(made.contents())
    assert found is not None
    assert found.error == ""
    assert found.lines[0].endswith(" boot cause=error mode=self-test")
    assert len(found.lines) == 2


def test_the_noise_of_a_power_cut_is_no_recorder() -> None:
    chance = random.Random(1)
    for _ in range(1_000):
        noise = Recorder(bytearray(chance.randbytes(flight.BYTES)))
        assert noise.contents() == b""
        assert noise.text() == ""
    # The mark alone is not enough.
    half = Recorder(bytearray(chance.randbytes(flight.BYTES)))
    half.set_word(flight.MARK, flight.MARK_WORD)
    assert half.contents() == b""


@given(noise=st.binary(min_size=flight.BYTES, max_size=flight.BYTES))
def test_whatever_a_damaged_memory_holds_can_be_read(noise: bytes) -> None:
    made = Recorder(bytearray(noise))
    made.set_word(flight.MARK, flight.MARK_WORD)
    made.set_word(flight.CHECK, flight.MARK_WORD ^ flight.ALL_ONES)
    made.set_word(flight.COUNT, made.word(flight.COUNT) % 1_000)
    found = read(made.contents())
    assert found is not None
    assert all(line.isprintable() or line for line in found.lines)
    made.text()


def test_what_is_none_is_not_read() -> None:
    assert read(b"") is None
    assert read(bytes(flight.BYTES)) is None
    assert read(recorder().contents()[:-1]) is None


def test_pieces_come_together() -> None:
    whole = bytes(range(200))
    pieces = Pieces()
    assert pieces.take(0, 200, whole[:64]) is None
    assert pieces.take(128, 200, whole[128:192]) is None, "one was lost"
    assert pieces.take(0, 200, whole[:64]) is None
    assert pieces.take(64, 200, whole[64:128]) is None
    assert pieces.take(128, 200, whole[128:]) == whole
    assert Pieces().take(0, 0, b"") == b""


# --- over the link -------------------------------------------------------------------------------


def test_a_console_that_hung_tells_what_it_did() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            rig.hand.toggle(messages.BUTTON_HOLD)
            await asyncio.sleep(0.1)
            rig.hand.reset()
            await rig.until(lambda: bool(rig.listener.flights))
            [found] = rig.listener.flights
            assert found.doing == "core"
            assert any(line.endswith(" edge HOLD down") for line in found.lines)
            assert any(" boot cause=power " in line for line in found.lines)
            # Once for each restart, not for each session.
            await rig.replugged()
            await asyncio.sleep(3)
            assert len(rig.listener.flights) == 1
            rig.console.fail(TRACEBACK)
            await rig.until(lambda: len(rig.listener.flights) == 2)
            assert rig.listener.flights[1].error == TRACEBACK
            assert rig.listener.ups[-1].restarted == "exception"

    run(test())


def test_a_console_that_was_restarted_in_good_order_is_not_asked() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            rig.hand.power_cycle()
            await rig.until(lambda: len(rig.listener.ups) == 2)
            rig.console.reset_by_pin()
            await rig.until(lambda: len(rig.listener.ups) == 3)
            rig.session.reset_console(messages.MODE_NORMAL, rig.now)
            await rig.until(lambda: len(rig.listener.ups) == 4)
            await asyncio.sleep(5)
            assert rig.listener.flights == []
            told = [welcome.restarted for welcome in rig.listener.ups]
            assert told == ["", "power", "pin", "ordered"]

    run(test())


def test_a_restart_before_the_first_hello_of_all_is_told_too() -> None:
    async def test() -> None:
        rig = Rig()
        rig.console.reset()
        async with rig.open():
            await rig.until(lambda: bool(rig.listener.flights))
            assert rig.listener.ups[0].restarted == ""

    run(test())


def test_a_piece_that_got_lost_is_asked_for_again_and_not_for_ever() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            rig.port.to_host = losing(messages.FLIGHT, times=1)
            rig.hand.reset()
            await rig.until(lambda: bool(rig.listener.flights), within_s=FLIGHT_AGAIN_MS / 500)
            rig.port.to_host = losing(messages.FLIGHT)
            rig.hand.reset()
            await rig.until(lambda: len(rig.listener.ups) == 3)
            await asyncio.sleep(10)
            rig.port.to_host = bytes
            await asyncio.sleep(10)
            assert len(rig.listener.flights) == 1
            assert len(rig.listener.ups) == 3

    run(test())


def test_presses_are_counted_anew_after_the_reset_pin() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            for _ in range(4):
                rig.hand.toggle(messages.BUTTON_HOLD)
                await asyncio.sleep(0.1)
            await rig.unplugged()
            rig.console.reset_by_pin()
            # Pressed and heard at another computer: more than we knew, and none of ours.
            rig.console.state.link.presses = 7
            rig.console.plug()
            await rig.until(lambda: len(rig.listener.ups) == 2)
            for _ in range(6):
                rig.hand.toggle(messages.BUTTON_HOLD)
                await asyncio.sleep(0.1)
            await rig.drained()
            counts = rig.session.account.counts()
            assert (counts.sent, counts.delivered, counts.lost) == (5, 5, 0)

    run(test())


def test_every_cause_has_a_word() -> None:
    causes = (1, 2, 3, 4, 5, 6)
    assert [restart_of(cause, ordered=False) for cause in causes] == [
        *("power", "pin", "watchdog", "elsewhere", "exception", "unknown")
    ]
    assert restart_of(messages.CAUSE_ORDER, ordered=True) == "ordered"
    assert restart_of(messages.CAUSE_WATCHDOG, ordered=True) == "watchdog"


# --- to people -----------------------------------------------------------------------------------


def test_people_read_why_a_console_was_restarted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[str, str, str]] = []

    async def day() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            for restart in (place.console.reset, lambda: place.console.fail(TRACEBACK)):
                restart()
                await asyncio.sleep(20)
            told.extend((line.kind, line.text, line.detail) for line in place.daemon.told)

    run(day())
    assert (
        "note",
        "the console has restarted since it was last connected",
        "its watchdog has reset it, because its program hung",
    ) in told
    hung = "The console's program hung for 1.0 s while working out what to do."
    ended = (
        "The console's program ended by an error: ValueError: boom "
        '(File "calldeck_console/core.py", line 40, in advance).'
    )
    assert ("problem", hung, "") in told
    assert ("problem", ended, "") in told
    files = frame_files(tmp_path / FOLDER_NAME)
    whys = [read_frames(path).why for path in files]
    assert [why for why in whys if why.startswith("The console's program")] == [hung, ended]
    assert call("frames", files[whys.index(hung)])[0] == 0
    shown = capsys.readouterr().out
    assert " boot cause=power mode=normal\n" in shown
    assert "    -1000 core\n" in shown
    assert " < welcome " in shown
    assert call("frames", files[whys.index(ended)])[0] == 0
    assert "ValueError: boom\n" in capsys.readouterr().out
