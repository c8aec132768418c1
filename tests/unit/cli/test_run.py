"""`calldeck run`: what it asks the daemon for, and how it refuses what nobody can run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from calldeck import __version__
from calldeck.acd import registry
from calldeck.cli import build_app, invoke
from calldeck.config import Happening, ListenAddress, RunOptions, Settings, load_script
from calldeck.errors import AcdError, ConsoleNotFound, PortBusy

SHIFT = Path(__file__).parents[3] / "examples" / "shift.toml"


class Daemon:
    """Stands where the daemon does, and remembers what it was asked for."""

    def __init__(self, code: int = 0, failure: BaseException | None = None) -> None:
        self.asked: list[RunOptions] = []
        self._code = code
        self._failure = failure

    def run(self, options: RunOptions) -> int:
        self.asked.append(options)
        if self._failure is not None:
            raise self._failure
        return self._code


def call(*words: object, daemon: Daemon | None = None) -> tuple[int, list[RunOptions]]:
    daemon = daemon or Daemon()
    code = invoke(build_app(daemon.run, registry.load), [str(word) for word in words])
    return code, daemon.asked


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Call with something wrong in it; give the one message, after checking how it was given."""
    code, asked = call("run", *words)
    out, err = capsys.readouterr()
    assert code == 2
    assert not asked, "the daemon was started"
    assert out == ""
    assert "Traceback" not in err
    assert all(line.startswith("calldeck: ") for line in err.splitlines())
    return err


def test_without_options_everything_has_its_default():
    code, (options,) = call("run")
    assert code == 0
    assert options.settings == Settings()
    assert (options.console, options.require_console, options.acd) == ("auto", False, "simulated")
    assert (options.seed, options.speed, options.script) == (1, 1.0, None)
    assert (options.for_s, options.summary) == (None, None)
    assert (options.listen, options.listen_fallback) == (ListenAddress("127.0.0.1", 8730), True)
    assert (options.open_page, options.config) == (False, None)


def test_every_option_reaches_the_daemon(tmp_path):
    config = tmp_path / "desk.toml"
    config.write_text('[[desks]]\nagent = "2042"\n')
    summary = tmp_path / "summary.json"
    words = ["--config", config, "--console", "demo", "--require-console", "--acd", "simulated"]
    words += ["--seed", 7, "--speed", 2.5, "--script", SHIFT, "--for", 3, "--summary", summary]
    code, (options,) = call("run", *words, "--listen", "localhost:0", "--log-level", "info")
    assert code == 0
    assert options.settings.desk.agent == "2042"
    assert options.config == config
    assert not options.listen_fallback
    assert (options.console, options.require_console) == ("demo", True)
    assert (options.acd, options.seed, options.speed) == ("simulated", 7, 2.5)
    assert options.script == load_script(SHIFT)
    assert (options.for_s, options.summary) == (3.0, summary)
    assert options.listen == ListenAddress("127.0.0.1", 0)


@pytest.mark.parametrize(
    "console",
    ["auto", "demo", "virtual", "emulated", "/dev/ttyACM0", "COM12", "socket://127.0.0.1:4000"],
)
def test_every_kind_of_console_can_be_named(console):
    assert call("run", "--console", console)[1][0].console == console


def test_the_configuration_can_say_where_to_listen(tmp_path):
    config = tmp_path / "desk.toml"
    config.write_text('[web]\nlisten = "127.0.0.1:8731"\n')
    assert call("run", "--config", config)[1][0].listen == ListenAddress("127.0.0.1", 8731)
    words = ("--config", config, "--listen", "[::1]:0")
    assert call("run", *words)[1][0].listen == ListenAddress("::1", 0)


def test_what_the_daemon_observes_is_shown(capsys):
    def run(options: RunOptions) -> int:
        options.observer(Happening(12.34, "press", "STATUS", "console"))
        return 0

    assert invoke(build_app(run, registry.load), ["run"]) == 0
    assert capsys.readouterr().out == "    12.3 s  press     STATUS  (console)\n"


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_exit_code_is_the_daemons(code):
    assert call("run", daemon=Daemon(code))[0] == code


@pytest.mark.parametrize(
    "words,expected",
    [
        (["--config", "none.toml"], ["none.toml: there is no such file"]),
        (["--script", "none.toml"], ["none.toml: there is no such file"]),
        (["--acd", "avaya"], ["no ACD adapter named 'avaya'", "simulated"]),
        (["--speed", "0"], ["--speed 0", "greater than 0"]),
        (["--speed", "-1"], ["--speed -1", "greater than 0"]),
        (["--speed", "nan"], ["--speed nan", "greater than 0"]),
        (["--speed", "inf"], ["--speed inf", "at most 1000"]),
        (["--for", "0"], ["--for 0", "greater than 0"]),
        (["--for", "1e99"], ["--for 1e+99", "at most"]),
        (["--seed", "-1"], ["--seed -1", "not negative"]),
        (["--console", "virtul"], ["'virtul'", "Did you mean virtual?"]),
        (["--console", ""], ["--console ''", "auto, demo, virtual or emulated"]),
        (["--listen", "0.0.0.0:80"], ["--listen:", "not a loopback address", "Use 127.0.0.1"]),
        (["--listen", "8730"], ["--listen:", "not HOST:PORT"]),
        (["--script", SHIFT], ["--console auto", "Add --console demo, virtual or emulated"]),
        (["--script", SHIFT, "--console", "/dev/ttyACM0"], ["--console /dev/ttyACM0"]),
        (["--summary", "no/such/folder/s.json"], ["--summary", "does not exist. Make it first"]),
        (["--summary", "."], ["--summary .", "it is a folder"]),
    ],
)
def test_a_wrong_option_gives_one_message(capsys, monkeypatch, tmp_path, words, expected):
    monkeypatch.chdir(tmp_path)
    message = refused(capsys, *words)
    assert len(message.splitlines()) == 1
    for part in expected:
        assert part in message


def test_a_wrong_configuration_gives_a_line_for_each_problem(capsys, tmp_path):
    config = tmp_path / "desk.toml"
    config.write_text("[lamps]\nlease_ms = 1\ncolour = 2\n")
    lines = refused(capsys, "--config", config).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"calldeck: {config}: line 2: [lamps] lease_ms = 1 is not allowed")
    assert lines[1].startswith(f"calldeck: {config}: line 3: [lamps] has no key colour")


def test_a_wrong_script_names_its_step(capsys, tmp_path):
    script = tmp_path / "script.toml"
    script.write_text('[[steps]]\nat = 1\npress = "MUTTE"\n')
    message = refused(capsys, "--script", script, "--console", "virtual")
    assert f"{script}: line 3: step 1: press = " in message


def test_a_queue_that_is_not_there_is_found_before_the_run(capsys, tmp_path):
    script = tmp_path / "script.toml"
    script.write_text('[[steps]]\nat = 1\nacd = "call"\nqueue = "sales"\n')
    assert "step 1: there is no queue 'sales'" in refused(capsys, "--script", script)
    config = tmp_path / "desk.toml"
    config.write_text('[acd.simulated]\nqueue = "sales"\n')
    assert call("run", "--script", script, "--config", config)[0] == 0


def test_happenings_alone_can_be_played_to_a_real_console(tmp_path):
    script = tmp_path / "script.toml"
    script.write_text('[[steps]]\nat = 1\nacd = "call"\n')
    assert call("run", "--script", script)[0] == 0


@pytest.mark.parametrize(
    "words", [["--nonsense"], ["--speed", "fast"], ["--log-level", "loud"], ["extra"]]
)
def test_a_command_line_that_cannot_be_read_leaves_with_2(capsys, words):
    code, asked = call("run", *words)
    err = capsys.readouterr().err
    assert code == 2
    assert not asked
    assert "calldeck run --help" in err
    assert "Traceback" not in err


def test_the_summary_file_is_tried_but_not_left_there(tmp_path):
    path = tmp_path / "summary.json"
    assert call("run", "--summary", path)[0] == 0
    assert list(tmp_path.iterdir()) == []
    path.write_text(json.dumps({"old": True}))
    assert call("run", "--summary", path)[0] == 0
    assert json.loads(path.read_text()) == {"old": True}


NOBODY = 65534


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no user ids")
@pytest.mark.parametrize("option", ["--config", "--script", "--summary"])
def test_a_file_without_permission_is_refused(option, tmp_path):
    """Run as a user who may do nothing here; root, who runs CI, may do everything."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    path = closed / "file"
    if option != "--summary":
        path.write_text("")
    code = (
        "import sys\n"
        "from calldeck.cli import build_app, invoke\n"
        "app = build_app(lambda options: 0, lambda name: None)\n"
        "import contextlib, os\n"
        # The interpreter's files may lie where nobody else may read: import them all before.
        "with contextlib.redirect_stdout(None):\n"
        "    invoke(app, ['run', '--help'])\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "sys.exit(invoke(app, sys.argv[1:]))\n"
    )
    if os.geteuid() != 0:
        code = code.replace("os.setgroups", "# os.setgroups")
        closed.chmod(0o000)
    try:
        ran = subprocess.run(
            [sys.executable, "-c", code, "run", option, path],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        closed.chmod(0o700)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert f"{path}: you have no permission to" in ran.stderr


@pytest.mark.parametrize(
    "failure,code",
    [
        (PortBusy("The port is busy. Close the other program."), 3),
        (AcdError("The port is busy. Close the other program."), 1),
        (
            ExceptionGroup(
                "tasks",
                [ExceptionGroup("", [PortBusy("The port is busy. Close the other program.")])],
            ),
            3,
        ),
    ],
)
def test_an_error_becomes_its_sentence(capsys, failure, code):
    assert call("run", daemon=Daemon(failure=failure))[0] == code
    out, err = capsys.readouterr()
    assert err == "calldeck: The port is busy. Close the other program.\n"
    assert out == ""


def test_each_of_several_errors_is_told(capsys):
    group = ExceptionGroup("tasks", [ConsoleNotFound("No console."), AcdError("No ACD.")])
    assert call("run", daemon=Daemon(failure=group))[0] == 3
    assert capsys.readouterr().err == "calldeck: No console.\ncalldeck: No ACD.\n"


@pytest.mark.parametrize(
    "failure",
    [KeyboardInterrupt(), BaseExceptionGroup("tasks", [KeyboardInterrupt(), AcdError("No ACD.")])],
)
def test_an_interrupt_is_not_an_error(capsys, failure):
    assert call("run", daemon=Daemon(failure=failure))[0] == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "failure",
    [ZeroDivisionError("a bug"), ExceptionGroup("tasks", [AcdError("x"), KeyError("a bug")])],
)
def test_a_bug_keeps_its_traceback(failure):
    with pytest.raises(type(failure)) as caught:
        call("run", daemon=Daemon(failure=failure))
    assert caught.value is failure


def test_the_version(capsys):
    assert call("--version") == (0, [])
    assert capsys.readouterr().out == f"calldeck {__version__}\n"


def test_the_help_names_every_option(capsys):
    assert call("run", "--help") == (0, [])
    text = capsys.readouterr().out
    for option in (
        "--config FILE", "--console auto|demo|virtual|emulated|URL", "--require-console",
        "--acd NAME", "--seed N", "--speed X", "--script FILE", "--for SECONDS", "--summary FILE",
        "--listen HOST:PORT", "--log-level",
    ):  # fmt: skip
        assert option in text


def test_a_module_started_by_hand_is_the_same_command():
    ran = subprocess.run(
        [sys.executable, "-m", "calldeck", "run", "--for", "-1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("calldeck: --for -1 must be")
    assert ran.stdout == ""


def test_a_console_that_two_desks_would_share_is_refused(capsys, tmp_path):
    config = tmp_path / "desks.toml"
    desk = '[[desks]]\nid = "{}"\nagent = "{}"\nextension = "{}"\n'
    config.write_text(desk.format("front", 1, 1) + desk.format("back", 2, 2))
    for console in ("auto", "/dev/ttyACM0", "socket://127.0.0.1:7000", "serial:E6"):
        message = refused(capsys, "--config", config, "--console", console)
        assert f"--console {console} finds one console, and the desks front, back" in message
    assert call("run", "--config", config, "--console", "virtual")[0] == 0
    config.write_text(config.read_text() + 'console = "virtual"\n')
    assert call("run", "--config", config, "--console", "/dev/ttyACM0")[0] == 0
