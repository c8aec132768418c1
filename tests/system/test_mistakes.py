"""Mistakes in arguments and files: one message each, exit code 2, before a console is sought."""

import re
import socket
from pathlib import Path

import pytest
from tests.system.command import SHIFT, write_config

# Sought, this console would be missed with exit code 3.
NO_CONSOLE = ("--console", "/dev/no-such-port", "--require-console")


@pytest.mark.parametrize(
    "words,parts",
    [
        (("--script", "missing.toml"), ["missing.toml", "no such file"]),
        (("--script", SHIFT), ["--script", "/dev/no-such-port", "Add --console"]),
        (("--acd", "pigeon"), ["'pigeon'", "simulated"]),
        (("--listen", "0.0.0.0:8730"), ["0.0.0.0", "loopback", "127.0.0.1"]),
        (("--summary", "no/such/folder/s.json"), ["--summary", "does not exist", "Make it"]),
        (("--for", "-1"), ["--for -1", "greater than 0"]),
        (("--console", "emulted"), ["emulted", "Did you mean emulated?"]),
    ],
)
def test_a_wrong_argument(start, words, parts):
    message = start(*NO_CONSOLE, *words).wait().refused(2)
    assert len(message.splitlines()) == 1
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    "text,parts",
    [
        ('[[steps]]\nat = 1\npress = "MUTTE"\n', ["line 3", "step 1", "MUTE"]),
        (
            '[[steps]]\nat = 2\npress = "MUTE"\n[[steps]]\nat = 1\npress = "HOLD"\n',
            ["line 5", "step 2"],
        ),
        ("[[steps]]\nat =\n", ["not valid TOML", "line 2"]),
        ('[[steps]]\nat = 1\nacd = "call"\nqueue = "sales"\n', ["step 1", "sales", "support"]),
    ],
)
def test_a_wrong_script(start, tmp_path, text, parts):
    script = tmp_path / "script.toml"
    script.write_text(text)
    ended = start("--console", "virtual", "--script", script, "--for", 5).wait()
    message = ended.refused(2)
    assert len(message.splitlines()) == 1
    for part in (str(script), *parts):
        assert part in message
    assert not ended.lines, "a run had begun"


@pytest.mark.parametrize(
    "tables,parts",
    [
        ({"lamps": {"colour": "2"}}, ["[lamps] has no key colour"]),
        ({"lamps": {"lease_ms": "60000"}}, ["[lamps] lease_ms = 60000", "3000"]),
        ({"journal": {"folder": '"~nosuchuser/x"'}}, ["[journal] folder", "~nosuchuser"]),
        ({"console": {"uf2": '"a\\u0000b"'}}, ["[console] uf2", "zero character"]),
    ],
)
def test_a_wrong_configuration(start, tmp_path, tables, parts):
    config = write_config(tmp_path, tables)
    message = start(*NO_CONSOLE, config=config).wait().refused(2)
    assert re.match(rf"calldeck: {re.escape(str(config))}: line \d+: ", message)
    for part in parts:
        assert part in message


def test_a_configuration_that_is_not_there(start, tmp_path):
    config = tmp_path / "none.toml"
    message = start(*NO_CONSOLE, config=config).wait().refused(2)
    assert message == f"calldeck: {config}: there is no such file. Check the path.\n"


def test_a_firmware_image_that_is_not_there(start, tmp_path):
    image = tmp_path / "none.uf2"
    config = write_config(tmp_path, {"console": {"uf2": f'"{image}"'}})
    message = start("--console", "emulated", "--for", 5, config=config).wait().refused(3)
    assert str(image) in message
    assert "make firmware" in message


def test_a_firmware_image_with_a_name_too_long_for_any_file(start, tmp_path):
    config = write_config(tmp_path, {"console": {"uf2": f'"{"x" * 300}"'}})
    message = start("--console", "emulated", "--for", 5, config=config).wait().refused(3)
    assert "[console] uf2" in message
    assert "name too long" in message


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_summary_that_cannot_be_written(start):
    ended = start("--console", "virtual", "--for", 1, "--summary", "/dev/full").wait()
    message = ended.refused(1)
    assert len(message.splitlines()) == 1
    for part in ("summary /dev/full", "No space left", "--summary"):
        assert part in message


def test_a_port_of_the_local_api_that_is_taken(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = start("--console", "virtual", "--listen", address, "--for", 5).wait()
    message = ended.refused(1)
    assert ended.took_s < 4
    for part in (address, "another program listens there", "--listen"):
        assert part in message


def test_a_journal_that_another_daemon_uses(start, tmp_path):
    first = start("--console", "virtual")
    first.wait_for("status", "not ready")
    message = start("--console", "virtual", "--for", 5).wait().refused(1)
    for part in ("Another calldeck", str(tmp_path / "journal"), "[journal] folder"):
        assert part in message
    first.interrupt()
    assert first.wait().code == 130


@pytest.mark.parametrize("what", ["a file in its place", "a file on the way"])
def test_a_journal_that_cannot_be_written(start, tmp_path, what):
    """Permissions are no obstacle to root, who may run this; a file in the way stops everybody."""
    obstacle = tmp_path / "obstacle"
    obstacle.write_text("")
    folder = obstacle if what == "a file in its place" else obstacle / "journal"
    config = write_config(tmp_path, {"journal": {"folder": f'"{folder}"'}})
    message = start(*NO_CONSOLE, config=config).wait().refused(1)
    for part in ("press ledger", str(folder), "[journal] folder"):
        assert part in message
