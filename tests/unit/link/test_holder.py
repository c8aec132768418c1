"""Who holds a port: found among many programs, within a bound, and never by opening anything."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from calldeck.link.holder import LONGEST_S, Holder, find_holder


def program(folder: Path, pid: int, name: str, *files: str) -> None:
    """Show a program as /proc does."""
    descriptors = folder / str(pid) / "fd"
    descriptors.mkdir(parents=True)
    (folder / str(pid) / "comm").write_text(f"{name}\n")
    for number, file in enumerate(files):
        (descriptors / str(number)).symlink_to(file)


def test_the_program_that_has_the_port_open_is_named(tmp_path):
    program(tmp_path, 10, "init", "/dev/null")
    program(tmp_path, 200, "minicom", "/dev/null", "socket:[1]", "/dev/ttyACM0")
    (tmp_path / "uptime").write_text("no program")
    assert find_holder("/dev/ttyACM0", str(tmp_path)) == Holder("minicom", 200)
    assert find_holder("/dev/ttyACM1", str(tmp_path)) is None


def test_a_link_to_the_port_is_the_port(tmp_path):
    processes, link = tmp_path / "proc", tmp_path / "by-id"
    program(processes, 7, "screen", "/dev/null")
    link.symlink_to("/dev/null")
    assert find_holder(str(link), str(processes)) == Holder("screen", 7)


def test_this_program_does_not_name_itself(tmp_path):
    program(tmp_path, os.getpid(), "calldeck", "/dev/ttyACM0")
    assert find_holder("/dev/ttyACM0", str(tmp_path)) is None


def test_what_vanishes_while_it_is_looked_at_is_passed_over(tmp_path):
    program(tmp_path, 5, "minicom", "/dev/ttyACM0")
    (tmp_path / "9").mkdir()
    (tmp_path / "8" / "fd").mkdir(parents=True)
    (tmp_path / "8" / "fd" / "0").write_text("no link")
    (tmp_path / "5" / "comm").unlink()
    assert find_holder("/dev/ttyACM0", str(tmp_path)) == Holder("?", 5)
    assert find_holder("/dev/ttyACM0", str(tmp_path / "missing")) is None


@pytest.mark.parametrize("longest_s", [0.0, LONGEST_S])
def test_thousands_of_programs_take_no_longer_than_the_bound(tmp_path, longest_s):
    program(tmp_path, 1, "minicom", "/dev/ttyACM0")
    for pid in range(1000, 3000):
        program(tmp_path, pid, "worker", "/dev/null", "socket:[1]")
    began = time.monotonic()
    found = find_holder("/dev/ttyACM0", str(tmp_path), longest_s)
    # A single program is looked at to its end; so much more than the bound is a machine's delay.
    assert time.monotonic() - began < longest_s + 0.5
    assert longest_s or found is None
