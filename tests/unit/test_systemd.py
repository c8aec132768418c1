"""Word to the service manager, as its own socket hears it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from calldeck.systemd import ServiceManager

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no sockets with a path there")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


def test_each_word_is_a_datagram_of_its_own(tmp_path, manager):
    told = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    told.ready()
    told.alive()
    told.status("2 desks")
    told.stopping()
    heard = [manager.recv(1000).decode() for _word in range(4)]
    assert heard == ["READY=1", "WATCHDOG=1", "STATUS=2 desks", "STOPPING=1"]
    told.reloading()
    first, second = manager.recv(1000).decode().split("\n")
    assert first == "RELOADING=1"
    assert second.removeprefix("MONOTONIC_USEC=").isdecimal()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names without a file")
def test_a_name_without_a_file_is_understood():
    name = f"calldeck-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        listener.settimeout(5)
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert listener.recv(100) == b"READY=1"


def test_nobody_there_or_a_manager_that_does_not_listen_is_no_error(tmp_path, manager):
    ServiceManager({}).ready()
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nowhere")}).ready()
    full = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    for _word in range(5000):
        full.status("x" * 1000)  # nobody reads: it must not wait


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
    ],
)
def test_the_watchdog_is_fed_only_where_it_waits_for_this_process(environment, watchdog_s):
    assert ServiceManager(environment).watchdog_s == watchdog_s


def test_no_child_is_left_to_believe_that_it_is_meant(tmp_path):
    mine = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "9", "HOME": "/"}
    for pid in (str(os.getpid()), "1"):
        environment = {**mine, "WATCHDOG_PID": pid}
        ServiceManager(environment)
        assert environment == {"HOME": "/"}
