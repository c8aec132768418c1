"""A console that goes away in the middle of a run, and comes back."""

import signal

from tests.system.figures import nothing_lost, read_ledger, read_summary
from tests.system.peers import ConsoleOnPort


def test_a_port_that_appears_later_is_taken(start, tmp_path):
    path = tmp_path / "console"
    with ConsoleOnPort(path) as console:
        run = start("--console", path)
        told = run.wait_for("problem", f"There is no port {path}")
        assert "trying again until it works" in told.text
        console.plug()
        run.wait_for("console", "connected: serial ")
        console.press("STATUS")
        run.wait_for("status", "available")
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.texts("problem")) == 1


def test_a_console_that_vanishes_is_missed_once_and_taken_back(start, tmp_path):
    """A press made while the cable is out still acts when it is put back soon."""
    path = tmp_path / "console"
    summary = tmp_path / "summary.json"
    with ConsoleOnPort(path) as console:
        console.plug()
        run = start("--console", path, "--summary", summary)
        run.wait_for("console", "connected: serial ")
        console.press("STATUS")
        run.wait_for("status", "available")
        console.unplug()
        run.wait_for("console", "connection lost")
        console.press("STATUS")
        console.plug()
        run.wait_for("console", "connected: serial ", times=2)
        run.wait_for("press", "STATUS", times=2)
        run.wait_for("status", "not ready", times=2)
        console.press("STATUS")
        run.wait_for("status", "available", times=2)
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    assert not ended.texts("problem"), "one loss was told twice"
    lost = [text for text in ended.texts("console") if text.startswith("connection lost")]
    assert len(lost) == 1
    assert str(path) in lost[0]
    figures = read_summary(summary)
    assert figures["presses"]["sent"] == 3
    nothing_lost(figures)
    stories = read_ledger(tmp_path / "journal")
    assert [(story.verbs, story.outcome) for story in stories] == [
        (("ready",), "confirmed"),
        (("not_ready",), "confirmed"),
        (("ready",), "confirmed"),
    ]


def test_a_console_that_resets_is_taken_back(start, tmp_path):
    path = tmp_path / "console"
    summary = tmp_path / "summary.json"
    with ConsoleOnPort(path) as console:
        console.plug()
        run = start("--console", path, "--summary", summary)
        run.wait_for("mute", "microphone muted")
        console.press("MUTE")
        run.wait_for("mute", "microphone open")
        console.reset()
        run.wait_for("console", "connected: serial ", times=2)
        run.wait_for("mute", "microphone muted", times=2)
        console.press("MUTE")
        run.wait_for("mute", "microphone open", times=2)
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    figures = read_summary(summary)
    assert figures["presses"]["sent"] == 2
    nothing_lost(figures)
