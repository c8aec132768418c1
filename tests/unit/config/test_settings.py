import dataclasses
import sys
from pathlib import Path

import platformdirs
import pytest
from pydantic import ValidationError

from calldeck.config import Settings, load_settings
from calldeck.config.changes import WHILE_RUNNING, changes, leaves, merged
from calldeck.config.night import NightHours
from calldeck.errors import UsageError


def write(folder: Path, text: str) -> Path:
    path = folder / "desk.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path


def complaint(path: Path) -> list[str]:
    """Load a wrong file and give the lines of the one error, without the path in front."""
    with pytest.raises(UsageError) as caught:
        load_settings(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_without_a_file_every_setting_has_its_default():
    settings = load_settings(None)
    assert settings == Settings()
    desk = settings.desk
    assert (desk.id, desk.agent, desk.extension) == ("desk-1", "1001", "201")
    assert (desk.login, desk.headset) == ("auto", "inline")
    assert settings.web.listen == "127.0.0.1:8730"
    assert settings.login.pin_path.is_relative_to(
        platformdirs.user_state_path("calldeck", appauthor=False)
    )
    assert (settings.lamps.refusal_ms, settings.lamps.lease_ms) == (2000, 2000)
    assert settings.lamps.refresh_ms == 500
    assert settings.lamps.queue_thresholds == (1, 2, 4, 6, 9)
    assert (settings.commands.timeout_ms, settings.commands.press_expiry_ms) == (3000, 1500)
    simulated = settings.acd.simulated
    assert (simulated.queue, simulated.callers_per_minute) == ("support", 12.0)
    assert (simulated.answer_after_s, simulated.talk_s) == (2.0, (8.0, 25.0))
    assert (simulated.patience_s, simulated.after_call_work_s) == (30.0, 20.0)


def test_every_table_can_be_set(tmp_path):
    settings = load_settings(
        write(
            tmp_path,
            """
            [[desks]]
            id = "desk-7"
            agent = "2042"
            extension = "310"
            login = "manual"
            headset = "usb"
            label = "Fenster 7 ü"
            [login]
            pin_file = "/var/lib/calldeck/pins.json"
            [console]
            serial_number = "E6614103E7"
            exclude = ["/dev/ttyACM3", "E66*"]
            uf2 = "elsewhere.uf2"
            safe_microphone = "open"
            brightness = 80
            night_brightness = 10
            night = "21:30-05:45"
            [lamps]
            refusal_ms = 1500
            lease_ms = 3000
            refresh_ms = 1000
            queue_thresholds = [1, 3, 5, 7, 9]
            [commands]
            timeout_ms = 2000
            press_expiry_ms = 1000
            [acd.simulated]
            queue = "sales"
            callers_per_minute = 3
            auto_answer = false
            answer_after_s = 1.5
            ring_no_answer_s = 15
            talk_s = [5, 6.5]
            patience_s = 12
            after_call_work_s = 0
            demonstration = true
            [journal]
            folder = "/var/lib/calldeck"
            [web]
            listen = "localhost:0"
            """,
        )
    )
    assert (settings.desk.agent, settings.desk.login) == ("2042", "manual")
    assert settings.desk.headset == "usb"
    assert settings.desk.label == "Fenster 7 ü"
    assert settings.console.safe_microphone == "open"
    assert (settings.console.brightness, settings.console.night_brightness) == (80, 10)
    assert settings.console.night_hours == NightHours(21 * 60 + 30, 5 * 60 + 45)
    assert settings.login.pin_path == Path("/var/lib/calldeck/pins.json")
    assert not settings.acd.simulated.auto_answer
    assert settings.acd.simulated.demonstration
    assert settings.console.serial_number == "E6614103E7"
    assert settings.console.exclude == ("/dev/ttyACM3", "E66*")
    assert settings.lamps.queue_thresholds == (1, 3, 5, 7, 9)
    assert settings.acd.simulated.talk_s == (5.0, 6.5)
    assert settings.journal.path == Path("/var/lib/calldeck")
    assert settings.web.listen == "127.0.0.1:0"


def test_the_journal_is_kept_in_the_users_state_folder_by_default():
    folder = load_settings(None).journal.path
    assert folder.is_relative_to(platformdirs.user_state_path("calldeck", appauthor=False))


def test_paths_may_begin_at_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    settings = load_settings(write(tmp_path, '[journal]\nfolder = "~/calls"\n'))
    assert settings.journal.path == tmp_path / "calls"


def test_settings_cannot_be_changed_once_read():
    settings = load_settings(None)
    with pytest.raises(ValidationError):
        settings.desk.agent = "1"
    assert not dataclasses.is_dataclass(settings)


def test_the_environment_changes_nothing(monkeypatch):
    monkeypatch.setenv("DESKS", '[{"agent": "666"}]')
    monkeypatch.setenv("LAMPS", "not even a table")
    assert load_settings(None) == Settings()
    assert load_settings(None).desk.agent == "1001"


@pytest.mark.parametrize(
    "text,expected",
    [
        (
            "[lamps]\nlease = 1\n",
            ["line 2: [lamps] has no key lease.", 'Did you mean "lease_ms"?'],
        ),
        ("[lamp]\n", ["line 1: there is no table [lamp].", 'Did you mean "lamps"?']),
        (
            "speed = 2\n",
            ["line 1: there is no table [speed].", "The tables are [[desks]], [login], [console]"],
        ),
        ("[acd.asterisk]\n", ["line 1: [acd] has no key asterisk. The keys are simulated."]),
        ("[agent]\nid = '1'\n", ["line 1: there is no table [agent].", "into [[desks]] now"]),
        ("[[desks]]\nagent = 1\n", ["line 2: [[desks]] 1: agent = 1 is not", "text in quotes"]),
        ('[[desks]]\nagent = ""\n', ['[[desks]] 1: agent = ""', "1 to 64 characters"]),
        ('[[desks]]\nhedset = ""\n', ["[[desks]] 1 has no key hedset", 'mean "headset"']),
        ("[[desks]]\n[[desks]]\n", ["line 1: [desks]", "two desks have id = 'desk-1'"]),
        (
            '[[desks]]\nid = "A"\n[[desks]]\nid = "a"\nextension = "2"\nagent = "2"\n',
            ["two desks have id = 'a'"],
        ),
        (
            '[[desks]]\nid = "a"\n[[desks]]\nid = "b"\nagent = "2"\n',
            ["two desks have extension = '201'. Give each its own."],
        ),
        (
            '[[desks]]\nid = "a"\n[[desks]]\nid = "b"\nextension = "2"\n',
            ["two desks have agent = '1001'"],
        ),
        (
            '[[desks]]\nid = "a"\nconsole = "COM3"\n'
            '[[desks]]\nid = "b"\nextension = "2"\nagent = "2"\nconsole = "COM3"\n',
            ["two desks have console = 'COM3'"],
        ),
        ('[[desks]]\nconsole = "virtuel"\n', ["'virtuel' is neither", "Did you mean virtual?"]),
        ('[[desks]]\nqueues = ["a", "a"]\n', ["a queue stands there twice"]),
        (
            "desks = 3\n",
            ["line 1: [desks] = 3", "a list of at most 10000, each a table with id, agent"],
        ),
        ("desks = []\n", ["line 1: [desks]", "there is no desk"]),
        (
            '[[acd.simulated.agents]]\nid = "1"\npin = "77"\n',
            ["[[acd.simulated.agents]] 1: pin = ********", "4 to 12 characters"],
        ),
        (
            '[lamps]\nlease_ms = "2"\n',
            ['[lamps] lease_ms = "2"', "a whole number from 200 to 3000"],
        ),
        ("[lamps]\nlease_ms = 3001\n", ["[lamps] lease_ms = 3001", "from 200 to 3000"]),
        ("[lamps]\nlease_ms = 2.5\n", ["[lamps] lease_ms = 2.5", "a whole number"]),
        ("[lamps]\nlease_ms = true\n", ["[lamps] lease_ms = true", "a whole number"]),
        ('[[desks]]\nheadset = "bluetooth"\n', ['it must be "inline", "usb" or "none".']),
        ("[lamps]\nqueue_thresholds = [1, 2]\n", ["= [1, 2]", "a list of 5, each a whole number"]),
        (
            "[lamps]\nqueue_thresholds = [1, 2, 3, 4, 'x']\n",
            ['queue_thresholds item 5 = "x"', "a whole number from 1 to 9999"],
        ),
        ("[lamps]\nqueue_thresholds = [5, 4, 3, 2, 1]\n", ["each number must be greater"]),
        ("[lamps]\nrefresh_ms = 1500\n", ["at most half of lease_ms = 2000"]),
        ("[gestures]\nlogout_press_ms = 1500\nlong_press_ms = 1500\n", ["must be more than long"]),
        ("[gestures]\nchoice_ms = 2999\n", ["must be at least logout_press_ms = 3000"]),
        ('[status]\nreasons = ["break", "break"]\n', ["a code stands there twice"]),
        ('[status]\nreasons = ["Long Lunch"]\n', ["reasons"]),
        ("[acd.simulated]\ntalk_s = [9, 3]\n", ["line 2: [acd.simulated] talk_s = [9, 3]"]),
        ("[acd.simulated]\ntalk_s = 9\n", ["talk_s = 9", "a list of 2, each a number"]),
        ("[acd.simulated]\npatience_s = inf\n", ["patience_s = inf", "a number from 0.1"]),
        ('[web]\nlisten = "0.0.0.0:80"\n', ["line 2: [web] listen", "not a loopback address"]),
        (
            '[journal]\nfolder = "~nosuchuser/x"\n',
            ["line 2: [journal] folder", "folder ~nosuchuser."],
        ),
        ('[console]\nuf2 = "~nosuchuser/x"\n', ["line 2: [console] uf2", "folder ~nosuchuser."]),
        (
            '[journal]\nfolder = "a\\u0000\\u001b[2J"\n',
            [r'line 2: [journal] folder = "a\u0000\u001B[2J": ', "zero character"],
        ),
        (
            '[console]\nexclude = "/dev/ttyACM3"\n',
            ['[console] exclude = "/dev/ttyACM3"', "a list of at most 64, each text in quotes"],
        ),
        (
            '[console]\nexclude = ["", "x"]\n',
            ['exclude item 1 = ""', "1 to 255 characters"],
        ),
        ('[console]\nuf2 = "\\u0000"\n', [r'[console] uf2 = "\u0000": ', "zero character"]),
        ('login = "Ana"\n', ["line 1: [login] =", "a table with pin_file"]),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path, text, expected):
    lines = complaint(write(tmp_path, text))
    assert len(lines) == 1
    for part in expected:
        assert part in lines[0]


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path):
    path = write(tmp_path, '[lamps]\nlease_ms = 1\ncolour = "red"\n\n[[desks]]\nid = 3\n[oops]\n')
    lines = complaint(path)
    assert [line.split(":")[0] for line in lines] == ["line 2", "line 3", "line 6", "line 7"]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("[lamps\n", "not valid TOML"),
        ("[lamps]\nlease_ms = 1\nlease_ms = 2\n", "not valid TOML"),
        ("[lamps]\nlease_ms =\n", "line 2"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_place(tmp_path, text, expected):
    lines = complaint(write(tmp_path, text))
    assert len(lines) == 1
    assert expected in lines[0]


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "desk.toml"
    path.write_bytes(b"[agent]\nid = \xff\n")
    assert complaint(path) == ["it is not text in UTF-8 (byte 13). Save it as UTF-8."]


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    assert complaint(tmp_path / "none.toml") == ["there is no such file. Check the path."]
    assert complaint(tmp_path) == ["this is a folder. Name a file in it."]


def test_a_message_never_floods_the_terminal(tmp_path):
    lines = complaint(write(tmp_path, f'[[desks]]\nheadset = "{"x" * 5000}"\n'))
    assert len(lines[0]) < 250


def test_keys_written_inline_or_dotted_are_refused_by_name_too(tmp_path):
    inline = complaint(write(tmp_path, "lamps = { lease_ms = 1 }\n"))
    assert "[lamps] lease_ms = 1 is not allowed" in inline[0]
    dotted = complaint(write(tmp_path, "lamps.lease_ms = 1\n"))
    assert "[lamps] lease_ms = 1 is not allowed" in dotted[0]


SECRET = """
[[acd.simulated.agents]]
id = "1001"
pin = "7193"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_secret_that_others_can_read_is_refused(tmp_path):
    path = write(tmp_path, SECRET)
    path.chmod(0o640)
    (line,) = complaint(path)
    assert line.startswith("line 4: [[acd.simulated.agents]] 1: pin is a secret")
    assert line.endswith(f"chmod 600 {path}")
    assert "7193" not in line
    path.chmod(0o600)
    (agent,) = load_settings(path).acd.simulated.agents
    assert agent.pin.get_secret_value() == "7193"
    assert "7193" not in repr(load_settings(path))


@pytest.mark.parametrize(
    "text",
    [
        "[[acd.simulated.agents]]\nid = '1'\npin = 71938264\n",
        "[[acd.simulated.agents]]\nid = '1'\npin = ['71938264']\n",
        "[[acd.simulated.agents]]\nid = '1'\n[acd.simulated.agents.pin]\nis = '71938264'\n",
        "[[acd.simulated.agents]]\nid = '1'\npn = '71938264'\n",
        "[acd.simulated]\nagents = '71938264'\n",
        "[acd.simulated]\nagents = ['71938264']\n",
        "[acd.simulated]\nagents = [['1', '71938264']]\n",
        "[acd.simulated.agents]\nid = '1'\npin = '71938264'\n",
        "[acd]\nsimulated = ['71938264']\n",
        "acd = '71938264'\n",
        "[agent]\nid = '1'\npin = '71938264'\n",
        "[[acd.simulated.agents]]\npin = '71938264\n",
    ],
)
def test_no_complaint_tells_a_secret_wherever_it_stands(tmp_path, text):
    path = write(tmp_path, text)
    path.chmod(0o600)
    assert "71938264" not in "\n".join(complaint(path))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("wrong", ["[lamps]\nlease = 1\n", "[acd.simulated]\nqueue = 5\n"])
def test_a_secret_that_others_can_read_is_refused_before_anything_else_is_said(tmp_path, wrong):
    path = write(tmp_path, wrong + SECRET)
    path.chmod(0o604)
    (line,) = complaint(path)
    assert "pin is a secret" in line


OTHER = {
    str: lambda value: value + "x",
    int: lambda value: value + 1,
    float: lambda value: value + 1,
    bool: lambda value: not value,
    tuple: lambda value: (*value, None),
}
"""Another value of the same type, for each type that a key can have."""


@pytest.mark.parametrize("key", sorted(dict(leaves(Settings()))))
def test_each_key_that_changes_is_told_once_as_for_now_or_for_a_restart(key):
    value = dict(leaves(Settings()))[key]
    now, later = changes(Settings(), altered(Settings(), key.split("."), OTHER[type(value)](value)))
    assert (now, later) == (((key,), ()) if key in WHILE_RUNNING else ((), (key,)))


def altered(table, path, value):
    """Copy a table with one value in it changed, unchecked."""
    name, *below = path
    if not below:
        return table.model_copy(update={name: value})
    inner = getattr(table, name)
    if isinstance(inner, tuple):
        place, *below = below
        items = list(inner)
        items[int(place) - 1] = altered(items[int(place) - 1], below, value)
        return table.model_copy(update={name: tuple(items)})
    return table.model_copy(update={name: altered(inner, below, value)})


def test_every_key_is_known_to_a_reload():
    assert set(dict(leaves(Settings()))) >= WHILE_RUNNING


def test_a_reload_tells_what_can_change_now_from_what_cannot(tmp_path):
    old = Settings()
    text = '[lamps]\nrefusal_ms = 900\nlease_ms = 2500\n[[desks]]\nid = "b"\n'
    new = load_settings(write(tmp_path, text))
    now, later = changes(old, new)
    assert (now, later) == (("lamps.refusal_ms",), ("desks.1.id", "lamps.lease_ms"))
    result = merged(old, new, now)
    assert (result.lamps.refusal_ms, result.lamps.lease_ms) == (900, 2000)
    assert changes(result, result) == ((), ())
