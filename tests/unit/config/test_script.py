from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck.config import AcdStep, PressStep, load_script
from calldeck.config.script import BUTTONS, HAPPENINGS
from calldeck.desk import Channel
from calldeck.errors import UsageError

SHIFT = Path(__file__).parents[3] / "examples" / "shift.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "script.toml"
    path.write_text(text, "utf-8")
    return path


def complaint(path: Path) -> list[str]:
    with pytest.raises(UsageError) as caught:
        load_script(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def step(**keys: object) -> str:
    return "[[steps]]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items())


def test_presses_and_happenings_are_read(tmp_path):
    script = load_script(
        write(
            tmp_path,
            step(at=0.5, press='"STATUS"')
            + step(at=1, press='"MUTE"', hold_ms=600)
            + step(at=2, acd='"call"', caller='"+44 1632 960 101"', patience_s=9)
            + step(at=2, acd='"answer"'),
        )
    )
    assert script.steps == (
        PressStep(0.5, "STATUS", 80),
        PressStep(1.0, "MUTE", 600),
        AcdStep(2.0, "call", {"caller": "+44 1632 960 101", "patience_s": 9.0}),
        AcdStep(2.0, "answer", {}),
    )
    assert script.presses == script.steps[:2]
    assert script.happenings == script.steps[2:]


def test_a_step_can_name_every_channel_there_is():
    for happening in ("call", "outbound"):
        field = HAPPENINGS[happening].model_fields["channel"]
        assert set(get_args(field.annotation)) == set(Channel)
        assert field.default == Channel.VOICE


@pytest.mark.parametrize("name", sorted(HAPPENINGS))
def test_every_happening_can_be_written(tmp_path, name):
    needed = {"silent": {"for_s": 2.0}, "force": {"status": '"not_ready"'}}.get(name, {})
    script = load_script(write(tmp_path, step(at=1, acd=f'"{name}"', **needed)))
    assert script.happenings[0].happening == name


@pytest.mark.parametrize(
    "text,expected",
    [
        ("", ["it has no [[steps]]"]),
        ("steps = []\n", ["it has no [[steps]]"]),
        ("steps = 3\n", ["line 1: steps must be [[steps]] tables"]),
        ("[steps]\nat = 1\n", ["line 1: steps must be [[steps]] tables"]),
        ("[[step]]\nat = 1\n", ["line 1: a script has no step", 'Did you mean "steps"?']),
        (step(at=1), ["line 1: step 1 must have either press", '"MUTE"', '"hang_up"']),
        (step(at=1, press='"MUTE"', acd='"call"'), ["step 1 must have either press"]),
        (step(press='"MUTE"'), ["line 1: step 1: at is missing", "a number from 0"]),
        (step(at=-1, press='"MUTE"'), ["line 2: step 1: at = -1", "a number from 0"]),
        (step(at="nan", press='"MUTE"'), ["step 1: at = nan"]),
        (step(at='"1"', press='"MUTE"'), ['step 1: at = "1"', "a number"]),
        (step(at=1, press='"mute"'), ['line 3: step 1: press = "mute"', '"MUTE", "HOLD"']),
        (step(at=1, press='"MUTE"', hold_ms=0), ["line 4: step 1: hold_ms = 0", "from 1 to 60000"]),
        (step(at=1, press='"MUTE"', hold=9), ["line 4: step 1 has no key hold", "hold_ms"]),
        (step(at=1, acd='"cal"'), ['step 1: acd = "cal"', 'Did you mean "call"?']),
        (step(at=1, acd="7"), ["step 1: acd = 7 is not allowed"]),
        (step(at=1, acd='"call"', channel='"fex"'), ['step 1: channel = "fex"', '"sms", "social"']),
        (step(at=1, acd='"outbound"', patience_s=5), ["line 4: step 1 has no key patience_s"]),
        (step(at=1, acd='"answer"', caller='"x"'), ["line 4: step 1 has no key caller"]),
        (step(at=1, acd='"silent"'), ["step 1: for_s is missing"]),
        (step(at=1, acd='"refuse"', count=0), ["step 1: count = 0", "from 1 to 1000"]),
        (step(at=1, acd='"force"', status='"talking"'), ['"logged_out", "not_ready" or']),
        (
            step(at=2, press='"MUTE"') + step(at=1, press='"HOLD"'),
            ["line 5: step 2: at = 1 is earlier than 2 of the step before it."],
        ),
        (
            step(at=1, press='"MUTE"', hold_ms=500) + step(at=1.4, press='"MUTE"'),
            ["step 2 presses MUTE at 1.4, but step 1 holds it to 1.5."],
        ),
        ("[[steps]\n", ["not valid TOML", "line 1"]),
    ],
)
def test_a_wrong_script_is_refused_with_its_step(tmp_path, text, expected):
    lines = complaint(write(tmp_path, text))
    assert len(lines) == 1
    for part in expected:
        assert part in lines[0]


def test_all_wrong_steps_are_told_at_once(tmp_path):
    good = step(at=1, press='"MUTE"')
    lines = complaint(write(tmp_path, step(at=1) + good + step(at="true", press='"HOL"')))
    assert [line.split()[:4] for line in lines] == [
        ["line", "1:", "step", "1"],
        ["line", "7:", "step", "3:"],
        ["line", "8:", "step", "3:"],
    ]


def test_a_caller_in_a_wrong_step_is_not_repeated_in_the_message(tmp_path):
    text = step(at="-1", acd='"call"', caller='"+44 1632 960 101"')
    assert "960" not in "\n".join(complaint(write(tmp_path, text)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=5,
    )
)
def test_no_value_makes_anything_but_a_sentence(tmp_path_factory, value):
    path = write(tmp_path_factory.mktemp("any"), step(at=1, press=_toml(value)))
    assert len(complaint(path)) == 1


def _toml(value: object) -> str:
    """Write a value as TOML; None, which TOML has not, as an empty table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08x}" for sign in value if sign.isprintable()) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        pairs = {_toml(key): _toml(inner) for key, inner in value.items()}
        return f"{{{', '.join(f'{key} = {inner}' for key, inner in pairs.items())}}}"
    return "{}" if value is None else str(max(-(2**62), min(2**62, int(value))))


def test_the_example_shift_is_what_the_readme_promises():
    script = load_script(SHIFT)
    early = [step for step in script.steps if step.at_s < 15]
    presses = [step for step in early if isinstance(step, PressStep)]
    names = [step.happening for step in early if isinstance(step, AcdStep)]
    assert len(presses) >= 12
    assert {press.button for press in presses} == set(BUTTONS)
    assert names.count("call") >= 2
    assert names.count("answer") >= 2
    assert 40 <= script.steps[-1].at_s <= 60
    assert {step.happening for step in script.happenings} == set(HAPPENINGS)


def test_the_example_shift_gives_the_eye_time_between_presses():
    presses = load_script(SHIFT).presses
    assert all(later.at_s - earlier.at_s >= 0.4 for earlier, later in pairwise(presses))
