"""`calldeck run`: a shift from its start to its end, in real time."""

import pytest
from tests.system.conftest import SECONDS
from tests.system.figures import nothing_lost, read_ledger, read_summary

GRACE_S = 5.0
# What the presses of the example's first 16 s do: button, command, how it ends.
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
    ("STATUS", (), "refused"),
    ("HOLD", ("hold",), "confirmed"),
    ("HOLD", ("resume",), "confirmed"),
    ("MUTE", (), "noted"),
    ("MUTE", (), "noted"),
    ("ASSIST", ("assist",), "confirmed"),
    ("HOLD", (), "refused"),
    ("STATUS", ("end_work",), "confirmed"),
]


@pytest.mark.parametrize("console", SECONDS)
def test_a_shift_is_played_and_ends_by_itself(shifts, console):
    ended = shifts[console][0].wait()
    assert (ended.code, ended.err) == (0, "")
    # The emulated console boots first, for as long as the machine needs for that.
    played_s = ended.lines[-1].seen_s - ended.lines[0].seen_s
    assert SECONDS[console] - 0.5 < played_s < SECONDS[console] + GRACE_S
    if console == "virtual":
        assert ended.took_s < SECONDS[console] + GRACE_S
    assert ended.lines[-1].text == "the run has ended"


@pytest.mark.parametrize("console", SECONDS)
def test_its_summary_accounts_for_every_press_and_call(shifts, console):
    run, folder = shifts[console]
    run.wait()
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
    run, folder = shifts[console]
    run.wait()
    stories = read_ledger(folder / "journal")
    told = [(story.button, story.verbs, story.outcome) for story in stories]
    assert told == PRESSES[: 11 if console == "virtual" else 17]
    assert {button for button, _verbs, _outcome in told} == {"MUTE", "HOLD", "STATUS", "ASSIST"}


@pytest.mark.parametrize("console", SECONDS)
def test_a_person_can_follow_it_on_the_terminal(shifts, console):
    ended = shifts[console][0].wait()
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
        (text,) = shifts[console][0].wait().texts("console")
        serials[console] = text
    assert serials["emulated"].startswith("connected: serial E66118604B1F2A21, firmware ")
    assert serials["virtual"] != serials["emulated"]
