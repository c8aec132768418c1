"""Ports that are missing, taken, forbidden, or lead to something that is no console of ours."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.system import peers
from tests.system.command import Calldeck, Ended, write_config
from tests.system.nobody import nobody_may_read, nobody_runs

from calldeck.errors import ConsoleNotFound
from calldeck.link.ports import port_error

# What answers on the port, the exit code, and what the one message must say.
PEERS = {
    "silent": (lambda: peers.silent, ["no console answers", "firmware is on the board"]),
    "echo": (lambda: peers.echo, ["is not a CallDeck console", "--console"]),
    "garbage": (lambda: peers.garbage, ["is not a CallDeck console", "--console"]),
    "endless": (lambda: peers.endless, ["is not a CallDeck console", "--console"]),
    "oversize": (lambda: peers.oversize, ["is not a CallDeck console", "--console"]),
    "half frames": (peers.half_frames, ["is not a CallDeck console", "--console"]),
    "cut frames": (peers.half_frames_without_end, ["is not a CallDeck console", "--console"]),
    "too new": (peers.too_new, ["too new", "protocol 2 to 3", "program 1-1", "Update calldeck"]),
    "too old": (peers.too_old, ["too old", "protocol 0 to 0", "program 1-1", "make firmware"]),
}
NAMES_NO_PORT = {"too new", "too old"}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Calldeck, str]]]:
    """Give a run for each peer; all of them wait for their answers at the same time."""
    with contextlib.ExitStack() as stack:
        runs = {}
        for name, (make, _parts) in PEERS.items():
            port = stack.enter_context(peers.playing(make()))
            config = write_config(tmp_path_factory.mktemp("peer"))
            words = ["run", "--config", config, "--console", port, "--require-console"]
            runs[name] = (stack.enter_context(Calldeck(words)), port)
        yield runs


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_that_is_no_console_of_ours(met, peer):
    run, port = met[peer]
    ended = run.wait()
    message = ended.refused(3)
    assert len(message.splitlines()) == 1
    for part in PEERS[peer][1]:
        assert part in message
    assert peer in NAMES_NO_PORT or port in message
    assert ended.took_s < 15


def test_a_newer_console_is_told_once_and_tried_again(start):
    with peers.playing(peers.too_new()) as port:
        run = start("--console", port, "--listen", "127.0.0.1:0")
        told = run.wait_for("problem", "too new")
        assert "trying again" in told.text
        # Two more tries, each of them no news.
        with pytest.raises(subprocess.TimeoutExpired):
            run.process.wait(1)
        run.interrupt()
        ended = run.wait()
    assert (ended.code, ended.err) == (130, "")
    assert len(ended.texts("problem")) == 1


# --- missing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("--require-console",), ("--for", "5")])
def test_a_missing_port(start, tmp_path, words):
    port = tmp_path / "no-such-port"
    ended = start("--console", port, *words).wait()
    message = ended.refused(3)
    assert message == (
        f"calldeck: There is no port {port}. Plug the console in, or name another port.\n"
    )
    assert ended.took_s < 4


@pytest.mark.parametrize("words", [("--require-console",), ("--for", "1")])
def test_no_console_on_any_usb_port(start, tmp_path, words):
    # A number that no board has: the test means the same where a console is plugged in.
    config = write_config(tmp_path, {"console": {"serial_number": '"NONE"'}})
    ended = start(*words, config=config).wait()
    assert "No CallDeck console is plugged in" in ended.refused(3)
    assert "--console demo" in ended.err
    assert ended.took_s < 4


def test_a_missing_console_is_waited_for(start, tmp_path):
    config = write_config(tmp_path, {"console": {"serial_number": '"NONE"'}})
    run = start(config=config)
    told = run.wait_for("problem", "No CallDeck console is plugged in")
    assert "trying again until it works" in told.text
    run.interrupt()
    ended = run.wait()
    assert (ended.code, ended.err) == (130, "")
    assert len(ended.texts("problem")) == 1


@pytest.mark.parametrize(
    "port,parts",
    [
        ("/dev/null", ["/dev/null is no serial port", "--console"]),
        ("/", ["/ is no serial port", "--console"]),
        ("socket://127.0.0.1:1", ["socket://127.0.0.1:1 cannot be opened", "refused", "Check"]),
        ("loop://", ["The console on loop:// was unplugged"]),
    ],
)
def test_what_is_no_port(start, port, parts):
    message = start("--console", port, "--require-console").wait().refused(3)
    assert len(message.splitlines()) == 1
    for part in parts:
        assert part in message


def test_a_host_that_nobody_knows():
    """With the resolver's own words; no name server is asked, for there may be none here."""
    with pytest.raises(socket.gaierror) as caught:
        socket.getaddrinfo("no-such-host", 1, flags=socket.AI_NUMERICHOST)
    error = port_error("socket://no-such-host:1", caught.value)
    assert isinstance(error, ConsoleNotFound)
    words = caught.value.strerror
    assert f"socket://no-such-host:1 cannot be opened: {words}. Check" in str(error)


def test_an_address_of_no_known_kind(start):
    message = start("--console", "pigeon://loft").wait().refused(2)
    assert "pigeon://loft is no serial port and no serial URL" in message


# --- taken, forbidden ----------------------------------------------------------------------------

HOLD_A_PORT = """
import sys, serial
port = serial.Serial(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def held_by_another_program(port: str) -> Iterator[int]:
    """Have another process hold the port for as long as the body runs; give its number."""
    words = [sys.executable, "-c", HOLD_A_PORT, port]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder.pid
        holder.communicate(timeout=10)


def test_a_port_held_by_another_program(start):
    with peers.terminal() as (_master, port), held_by_another_program(port) as pid:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        ended = start("--console", port, "--require-console").wait()
    assert ended.refused(3) == (
        f"calldeck: The port {port} is busy: the program {name} (process {pid}) holds it. Close "
        "that program and the port will be taken at once.\n"
    )
    assert ended.took_s < 4


def test_a_port_is_taken_when_the_other_program_lets_go(start, tmp_path):
    path = tmp_path / "console"
    with peers.ConsoleOnPort(path) as console:
        console.plug()
        with held_by_another_program(os.readlink(path)):
            run = start("--console", path)
            run.wait_for("problem", "busy")
        run.wait_for("console", "connected: serial ")
        run.interrupt()
        ended = run.wait()
    assert len(ended.texts("problem")) == 1


def run_as_nobody(port: str, folder: Path) -> Ended:
    """Run the command as a user who owns nothing here."""
    journal = folder / "journal"
    journal.mkdir()
    nobody_may_read(folder)
    nobody_may_read(journal)
    journal.chmod(0o777)
    config = write_config(folder)
    config.chmod(0o644)
    # This user cannot read the page's files either, where the tree is another's.
    words = ["run", "--config", config, "--console", port, "--for", 5, "--listen", "off"]
    with Calldeck(words, nobody_runs()) as run:
        return run.wait()


def test_a_port_without_permission(leaves_nothing_behind, open_folder):
    with peers.terminal() as (_master, port):
        Path(port).chmod(0o600 if os.geteuid() == 0 else 0)
        ended = run_as_nobody(port, open_folder)
    message = ended.refused(3)
    assert f"not allowed to open {port}" in message
    assert "/etc/udev/rules.d/60-calldeck.rules" in message
    assert 'SUBSYSTEM=="tty"' in message
    assert ended.took_s < 6


def test_a_port_that_another_program_has_for_itself(leaves_nothing_behind, open_folder):
    """TIOCEXCL stops everybody but root at the opening already."""
    with peers.terminal() as (_master, port):
        Path(port).chmod(0o666)
        descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
        try:
            peers.exclude_others(descriptor)
            ended = run_as_nobody(port, open_folder)
        finally:
            os.close(descriptor)
    message = ended.refused(3)
    # Root's files are not shown to this user.
    assert f"The port {port} is busy: another program may hold it" in message


def test_a_journal_without_permission(leaves_nothing_behind, open_folder):
    journal = open_folder / "journal"
    journal.mkdir(mode=0o700)
    nobody_may_read(open_folder)
    config = write_config(open_folder)
    config.chmod(0o644)
    if os.geteuid() != 0:
        journal.chmod(0)
    words = ["run", "--config", config, "--console", "virtual", "--for", 5]
    with Calldeck(words, nobody_runs()) as run:
        message = run.wait().refused(1)
    assert f"The press ledger in {journal} cannot be written" in message
