"""Key, PINs and announcements: written for one user alone, and used only where that is so."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from calldeck.access.announce import announced, running_daemons
from calldeck.access.key import load_or_make_key, read_key
from calldeck.access.page_link import page_link, write_opener
from calldeck.access.pins import PinStore
from calldeck.access.private_files import private_folder, read_private, write_private
from calldeck.access.runtime import runtime_folder
from calldeck.errors import AccessError, UsageError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
PIN = "7193"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fallback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the library answer as for a user without a runtime folder: among the temporary files."""
    above = folder / "runtime-1000"
    monkeypatch.setattr(platformdirs, "user_runtime_path", lambda *_, **__: above / "calldeck")
    return above


def test_the_key_outlives_a_daemon_and_is_hard_to_guess(tmp_path):
    key = load_or_make_key(tmp_path)
    assert load_or_make_key(tmp_path) == key == read_key(tmp_path)
    assert len(key) >= 40
    (tmp_path / "key").unlink()
    assert read_key(tmp_path) is None
    assert load_or_make_key(tmp_path) != key


@pytest.mark.parametrize("text", ["", "short", "with spaces " * 5, "\x00" * 50])
def test_a_key_that_is_none_is_replaced(tmp_path, text):
    write_private(tmp_path / "key", text)
    assert len(load_or_make_key(tmp_path)) >= 40


@POSIX
def test_files_are_the_owners_alone_whatever_the_mask(tmp_path):
    before = os.umask(0)
    try:
        load_or_make_key(tmp_path)
        PinStore(tmp_path / "deep" / "pins.json").set("1001", PIN)
        write_opener(tmp_path, page_link("127.0.0.1:1", "key"))
        with announced(tmp_path, "127.0.0.1:1"):
            for path in tmp_path.rglob("*"):
                assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    finally:
        os.umask(before)


@POSIX
@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o620, 0o660])
def test_a_file_that_others_may_use_is_not_trusted(tmp_path, open_to):
    path = tmp_path / "key"
    load_or_make_key(tmp_path)
    path.chmod(open_to)
    with pytest.raises(AccessError, match="can be used by other users") as caught:
        load_or_make_key(tmp_path)
    assert f"chmod 600 {path}" in str(caught.value)


@POSIX
def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path):
    write_private(tmp_path / "elsewhere", "x" * 50)
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AccessError, match="cannot be read"):
        load_or_make_key(tmp_path)


@POSIX
def test_a_runtime_folder_that_others_prepared_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = runtime_folder()
    assert (folder.parent, mode(folder)) == (tmp_path, 0o700)
    folder.chmod(0o755)
    with pytest.raises(AccessError, match="chmod 700"):
        runtime_folder()
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(AccessError, match="is not a folder"):
        runtime_folder()
    folder.unlink()
    folder.write_text("")
    with pytest.raises(AccessError, match="is not a folder"):
        private_folder(folder)


@POSIX
@pytest.mark.parametrize("mode_above", [0o777, 0o1777, 0o770])
def test_a_runtime_folder_in_one_that_others_can_write_is_refused(
    tmp_path, monkeypatch, mode_above
):
    above = fallback(tmp_path, monkeypatch)
    assert runtime_folder() == above / "calldeck"
    assert (mode(above), mode(above / "calldeck")) == (0o700, 0o700)
    above.chmod(mode_above)
    with pytest.raises(AccessError, match=f"chmod 700 {above}"):
        runtime_folder()


@POSIX
def test_a_runtime_folder_in_somebody_elses_is_refused(tmp_path, monkeypatch):
    above = fallback(tmp_path, monkeypatch)
    above.symlink_to(tmp_path)
    with pytest.raises(AccessError, match="is not a folder"):
        runtime_folder()
    above.unlink()
    above.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(AccessError, match="belongs to another user"):
        runtime_folder()
    assert list(above.iterdir()) == []


def test_where_the_library_finds_no_safe_runtime_folder_it_says_what_to_do(monkeypatch):
    def refuse(*_names: str, **_options: bool) -> Path:
        raise PermissionError("runtime directory /x is owned by uid 5, not 6; set something")

    monkeypatch.setattr(platformdirs, "user_runtime_path", refuse)
    with pytest.raises(AccessError, match=r"owned by uid 5, not 6\. Set XDG_RUNTIME_DIR"):
        runtime_folder()


@POSIX
def test_a_folder_in_the_place_of_a_file_is_said(tmp_path):
    (tmp_path / "pins.json").mkdir()
    with pytest.raises(AccessError, match="cannot be read: Is a directory"):
        PinStore(tmp_path / "pins.json").agents()


def test_what_is_absent_is_nothing(tmp_path):
    assert read_private(tmp_path / "none") is None
    assert running_daemons(tmp_path) == []
    assert PinStore(tmp_path / "none").agents() == []


def test_daemons_are_listed_while_they_run_and_leftovers_go(tmp_path):
    with announced(tmp_path, "127.0.0.1:8730"):
        (found,) = running_daemons(tmp_path)
        assert (found.process, found.address) == (os.getpid(), "127.0.0.1:8730")
    assert running_daemons(tmp_path) == []
    # No process has this number: it is beyond what systems give.
    write_private(tmp_path / "daemon-1.json", '{"process": 99999999, "address": "x"}')
    write_private(tmp_path / "daemon-2.json", "not JSON")
    if sys.platform != "win32":
        assert running_daemons(tmp_path) == []
        assert list(tmp_path.iterdir()) == []


@POSIX
def test_a_daemon_that_crashed_is_not_taken_for_whoever_has_its_number_now(tmp_path):
    # The process runs: it is this one. But it holds no listing.
    text = f'{{"process": {os.getpid()}, "address": "127.0.0.1:8730"}}'
    write_private(tmp_path / "daemon-1.json", text)
    assert running_daemons(tmp_path) == []


@POSIX
def test_a_pipe_in_the_place_of_a_file_holds_up_nobody(tmp_path):
    os.mkfifo(tmp_path / "key", 0o600)
    assert read_key(tmp_path) is None


CRASHING = """
import os, sys
from pathlib import Path
from calldeck.access.announce import announced
with announced(Path(sys.argv[1]), "127.0.0.1:8730"):
    print("listed", flush=True)
    sys.stdin.read()
"""


@POSIX
def test_a_crashed_daemons_number_taken_by_another_program_is_no_daemon(tmp_path):
    """Whoever has the port by then would be sent the key and the PIN."""
    words = [sys.executable, "-c", CRASHING, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == b"listed\n"
        (found,) = running_daemons(tmp_path)
        assert found.process == daemon.pid
        daemon.kill()
    (left,) = tmp_path.glob("daemon-*.json")
    # The number is this process's now, and nobody holds the listing.
    write_private(left, json.dumps({"process": os.getpid(), "address": "127.0.0.1:8730"}))
    assert running_daemons(tmp_path) == []


def test_pins_are_kept_as_hashes_and_found_right_or_wrong(tmp_path):
    path = tmp_path / "pins.json"
    store = PinStore(path)
    store.set("1001", PIN)
    store.set("1002", PIN)
    text = path.read_text()
    assert PIN not in text
    hashes = [line for line in text.splitlines() if '"hash"' in line]
    assert len(set(hashes)) == 2, "the same PIN twice looks alike"
    assert store.verify("1001", PIN)
    for agent, pin in (("1001", "7194"), ("1001", ""), ("1003", PIN), ("", ""), ("1001", "é")):
        assert not store.verify(agent, pin)
    store.set("1001", "828282")
    assert not store.verify("1001", PIN)
    assert PinStore(path).verify("1001", "828282")
    assert store.agents() == ["1001", "1002"]
    assert store.remove("1001")
    assert not store.remove("1001")
    assert not store.verify("1001", "828282")


@pytest.mark.parametrize(
    "pin", ["", "123", "1234567890123", "12a4", "1234", "4321", "7777", "8901", "0987", "१२३४"]
)
def test_a_pin_that_everybody_tries_first_is_refused(tmp_path, pin):
    with pytest.raises(UsageError):
        PinStore(tmp_path / "pins.json").set("1001", pin)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"1001": {}}',
        '{"1001": 5}',
        '{"1001": {"salt": "*", "hash": "*"}}',
        f'{{"1001": {{"n": {2**70}, "r": 8, "p": 1, "salt": "", "hash": ""}}}}',
    ],
)
def test_a_damaged_pin_file_is_said_and_lets_nobody_in(tmp_path, text):
    path = tmp_path / "pins.json"
    write_private(path, text)
    with pytest.raises(AccessError, match="is damaged"):
        PinStore(path).verify("1001", PIN)


def test_the_key_is_in_the_fragment_and_in_no_argument(tmp_path):
    link = page_link("127.0.0.1:8730", "abc")
    assert link == "http://127.0.0.1:8730/#key=abc"
    path = write_opener(tmp_path, link)
    assert "abc" not in str(path)
    assert f'url={link}"' in path.read_text()
