"""`calldeck run`: a shift from its start to its end, in real time."""

import threading
from pathlib import Path

import pytest
from tests.system.command import SHIFT, Calldeck, Ended, write_config
from tests.system.figures import nothing_lost, read_ledger, read_summary

# Both consoles play the shift at the same time. The second call is answered at 9.8 s.
SECONDS = {"virtual": 11, "emulated": 15}
# A program that starts beside a dozen others needs a moment more than alone.
GRACE_S = 2.0
# What the example script's first presses (by then) do: button, command, how it ends.
PRESSES = [
    ("MUTE", (), "noted"),
    ("STATUS", ("ready",), "confirmed"),
    ("HOLD", ("hold",), "confirmed"),
    ("HOLD", ("resume",), "confirmed"),
    ("MUTE", (), "noted"),
    ("ASSIST", ("assist",), "confirmed"),
    ("STATUS", (), "noted"),
    ("STATUS", (), "noted"),
    ("STATUS", ("end_work",), "confirmed"),
    ("HOLD", ("hold",), "confirmed"),
    ("HOLD", ("resume",), "confirmed"),
    ("MUTE", (), "noted"),
    ("MUTE", (), "noted"),
    ("ASSIST", ("assist",), "confirmed"),
    ("HOLD", (), "refused"),
    ("STATUS", ("end_work",), "confirmed"),
]


@pytest.fixture(scope="module")
def shifts(uf2: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Ended, Path]]:
    """Play the example on each console; give how it ended and its folder."""
    played: dict[str, tuple[Ended, Path]] = {}

    def play(console: str) -> None:
        folder = tmp_path_factory.mktemp(console)
        config = write_config(folder, {"console": {"uf2": f'"{uf2}"'}})
        words = ["run", "--config", config, "--console", console, "--script", SHIFT]
        words += ["--for", SECONDS[console], "--summary", folder / "summary.json"]
        with Calldeck(words) as calldeck:
            played[console] = (calldeck.wait(), folder)

    threads = [threading.Thread(target=play, args=(console,)) for console in SECONDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return played


@pytest.mark.parametrize("console", SECONDS)
def test_a_shift_is_played_and_ends_by_itself(shifts, console):
    ended, _folder = shifts[console]
    assert (ended.code, ended.err) == (0, "")
    began_s = ended.lines[0].seen_s
    assert SECONDS[console] - 0.5 < ended.lines[-1].seen_s - began_s
    if console == "virtual":
        assert ended.took_s < SECONDS[console] + GRACE_S
    assert ended.lines[-1].text == "the run has ended"


@pytest.mark.parametrize("console", SECONDS)
def test_its_summary_accounts_for_every_press_and_call(shifts, console):
    _ended, folder = shifts[console]
    figures = read_summary(folder / "summary.json")
    nothing_lost(figures)
    stories = read_ledger(folder / "journal")
    assert figures["presses"]["sent"] == len(stories)
    assert figures["presses"]["refused"] == [story.outcome for story in stories].count("refused")
    assert figures["calls"] == {"offered": 2, "answered": 2, "abandoned": 0}
    commands = figures["commands"]
    assert (commands["denied"], commands["timed_out"], commands["unknown"]) == (0, 0, 0)
    # Beside the presses' commands: the login, and the mute state that follows the console.
    assert commands["confirmed"] > sum(len(story.verbs) for story in stories)
    assert figures["lamps"]["frames"] >= 2 * SECONDS[console]
    assert figures["lamps"]["lease_lapses"] == 0
    assert figures["latency_ms"]["press_to_received"]["p50"] is not None
    assert figures["latency_ms"]["press_to_confirmed"]["p50"] < 100


@pytest.mark.parametrize("console", SECONDS)
def test_every_press_acts_as_the_script_makes_one_expect(shifts, console):
    _ended, folder = shifts[console]
    stories = read_ledger(folder / "journal")
    told = [(story.button, story.verbs, story.outcome) for story in stories]
    assert len(told) >= 12
    assert told == PRESSES[: len(told)]
    assert {button for button, _verbs, _outcome in told} == {"MUTE", "HOLD", "STATUS", "ASSIST"}


@pytest.mark.parametrize("console", SECONDS)
def test_a_person_can_follow_it_on_the_terminal(shifts, console):
    ended, _folder = shifts[console]
    statuses = [text.partition("  ")[0] for text in ended.texts("status")]
    assert statuses[:10] == [
        "logged out", "not ready", "available", "ringing", "talking", "customer on hold",
        "talking", "after-call work", "available", "ringing",
    ]  # fmt: skip
    times = [line.at_s for line in ended.lines]
    assert times == sorted(times)
    assert not ended.texts("problem")
    assert len(ended.texts("console")) == 1
    # The numbers of callers are nobody's business but the agent's phone's.
    assert not any("1632" in line.text for line in ended.lines)


def test_the_firmware_is_told_from_the_virtual_console(shifts):
    serials = {}
    for console in SECONDS:
        (text,) = shifts[console][0].texts("console")
        serials[console] = text
    assert serials["emulated"].startswith("connected: serial E66118604B1F2A21, firmware ")
    assert serials["virtual"] != serials["emulated"]
