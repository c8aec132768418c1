"""The options of `calldeck run`, and the ways to end it."""

import json
import os
import pty
import signal
import socket
import subprocess
import urllib.request
from itertools import pairwise

import pytest
from tests.system.command import COMMAND, PATIENCE_S, SHIFT, write_config
from tests.system.figures import nothing_lost, read_ledger, read_summary

SPEED = 8.0


def test_for_alone_is_enough(start, tmp_path):
    ended = start("--console", "virtual", "--for", 1).wait()
    assert (ended.code, ended.err) == (0, "")
    assert 1.0 <= ended.took_s < 6.0
    assert not ended.texts("problem")
    assert (tmp_path / "journal" / "desks" / "desk-1" / "presses.jsonl").exists()


def test_speed_scales_the_acd_and_not_the_presses(start, tmp_path):
    script = tmp_path / "script.toml"
    script.write_text(
        '[[steps]]\nat = 0.5\npress = "STATUS"\n'
        f'[[steps]]\nat = {SPEED * 1.5}\nacd = "call"\n'
        f'[[steps]]\nat = {SPEED * 2}\nacd = "answer"\n'
    )
    words = ("--console", "virtual", "--script", script, "--speed", SPEED, "--for", 2.5)
    ended = start(*words).wait()
    assert ended.code == 0
    seen = {line.text.partition("  ")[0]: line.at_s for line in ended.lines}
    assert seen["STATUS"] == pytest.approx(0.5, abs=0.2)
    assert seen["ringing"] == pytest.approx(1.5, abs=0.2)
    assert seen["talking"] == pytest.approx(2.0, abs=0.2)


def test_the_same_seed_brings_the_same_callers(start, tmp_path):
    """The agent is not ready, so that the queue shows every arrival and every abandoned call."""
    runs = []
    for number, seed in enumerate((5, 5, 6)):
        folder = tmp_path / str(number)
        folder.mkdir()
        words = ("--console", "virtual", "--seed", seed, "--speed", 60, "--for", 2)
        runs.append(start(*words, config=write_config(folder)))
    calls = []
    for run in runs:
        ended = run.wait()
        assert ended.code == 0
        calls.append([(line.text, line.at_s) for line in ended.lines if line.kind == "calls"])
    one, same, other = calls
    both = list(zip(one, same, strict=False))  # one of them may have lasted for a caller more
    assert len(both) > 10
    assert all(mine[0] == yours[0] for mine, yours in both)
    assert all(mine[1] == pytest.approx(yours[1], abs=0.3) for mine, yours in both)
    assert [at_s for _text, at_s in one] != [at_s for _text, at_s in other]
    assert any(text > later for (text, _), (later, _) in pairwise(one)), "nobody hung up"


@pytest.mark.parametrize("how,code", [("terminate", 0), ("interrupt", 130)])
def test_a_run_ends_in_good_order_when_told_to(start, tmp_path, how, code):
    summary = tmp_path / "summary.json"
    run = start("--console", "virtual", "--script", SHIFT, "--summary", summary)
    run.wait_for("status", "available")
    if how == "interrupt":
        run.interrupt()
    else:
        run.signal(signal.SIGTERM)
    ended = run.wait()
    assert (ended.code, ended.err) == (code, "")
    assert ended.took_s < 5
    nothing_lost(read_summary(summary))
    assert [story.verbs for story in read_ledger(tmp_path / "journal")][1] == ("ready",)


def test_a_closed_terminal_ends_a_run_in_good_order(tmp_path):
    """Only that: without a terminal the same signal means to read the settings again."""
    summary = tmp_path / "summary.json"
    words = ["run", "--config", write_config(tmp_path), "--console", "virtual", "--listen", "off"]
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *COMMAND, *map(str, words), "--summary", str(summary)],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
    )
    os.close(other_end)
    told = b""
    while b"not ready" not in told:
        told += os.read(terminal, 4096)
    os.close(terminal)
    assert process.wait(PATIENCE_S) == 128 + signal.SIGHUP
    assert read_summary(summary)["commands"]["confirmed"] == 1


def test_what_the_acd_has_not_answered_at_the_end_is_accounted_for(start, tmp_path):
    script = tmp_path / "script.toml"
    script.write_text(
        '[[steps]]\nat = 0.1\nacd = "silent"\nfor_s = 30\n[[steps]]\nat = 0.5\npress = "STATUS"\n'
    )
    summary = tmp_path / "summary.json"
    words = ("--console", "virtual", "--script", script, "--for", 1.5, "--summary", summary)
    ended = start(*words).wait()
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[-1].text == "the run has ended"
    commands = read_summary(summary)["commands"]
    assert (commands["unknown"], commands["timed_out"]) == (1, 0)
    (story,) = read_ledger(tmp_path / "journal")
    assert (story.verbs, story.outcome) == (("ready",), "unknown")


def test_a_run_on_the_emulated_console_ends_in_good_order_on_ctrl_c(start, uf2, tmp_path):
    """Ctrl-C reaches the emulator's process too: it must not take the console away before."""
    config = write_config(tmp_path, {"console": {"uf2": f'"{uf2}"'}})
    summary = tmp_path / "summary.json"
    words = ("--console", "emulated", "--script", SHIFT, "--summary", summary)
    run = start(*words, config=config)
    run.wait_for("status", "available")
    run.interrupt()
    ended = run.wait()
    assert (ended.code, ended.err) == (130, "")
    figures = read_summary(summary)
    assert figures["presses"]["sent"] == 2
    nothing_lost(figures)
    assert len(ended.texts("console")) == 1


def test_a_start_is_cut_short_when_told_to(start, uf2, tmp_path):
    config = write_config(tmp_path, {"console": {"uf2": f'"{uf2}"'}})
    run = start("--console", "demo", config=config)
    run.wait_for("console", "this is the emulated console")
    run.signal(signal.SIGTERM)
    ended = run.wait()
    assert (ended.code, ended.err) == (0, "")


def test_listen_serves_the_health_and_frees_the_port(start):
    run = start("--console", "virtual", "--listen", "127.0.0.1:0")
    told = run.wait_for("note", "the page and the local API listen on ")
    host, _, port = told.text.split(" listen on ")[1].split()[0].rpartition(":")
    run.wait_for("status", "not ready")
    run.wait_for("mute", "")
    with urllib.request.urlopen(f"http://{host}:{port}/api/v1/health", timeout=10) as answer:
        health = json.load(answer)
    assert health["status"] == "ok"
    assert health["console"]["kind"] == "virtual"
    assert health["console"]["link"] == "up"
    assert health["acd"] == {"name": "simulated", "link": "up"}
    run.signal(signal.SIGTERM)
    ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((host, int(port)))


def test_demo_says_which_console_it_takes(start, tmp_path, uf2):
    config = write_config(tmp_path, {"console": {"uf2": f'"{tmp_path / "none.uf2"}"'}})
    ended = start("--console", "demo", "--for", 0.5, config=config).wait()
    assert ended.code == 0
    assert ended.texts("console")[0].startswith("no firmware is built")
