"""`examples/desk.toml` says each setting, with its true default; the others can be used."""

import configparser
from pathlib import Path

import pytest
from tests.unit.cli.test_run import call

from calldeck.cli.config_commands import TEMPLATE
from calldeck.config.settings import Settings, load_settings
from calldeck.errors import UsageError
from calldeck.loop_health import LATE_MS

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "desk.toml"


def test_the_example_names_every_setting_with_its_default() -> None:
    example = load_settings(EXAMPLE)
    assert example == Settings()
    named = example.model_dump(exclude_unset=True)
    # Agents with PINs would be a secret, which no example holds; a comment shows them.
    named["acd"]["simulated"]["agents"] = ()
    assert named == Settings().model_dump()


def test_the_example_is_what_config_init_writes() -> None:
    assert EXAMPLE.read_text("utf-8") == TEMPLATE.read_text("utf-8")


def test_the_other_examples_can_be_used() -> None:
    floor = load_settings(EXAMPLE.with_name("floor.toml"))
    assert [desk.id for desk in floor.desks] == ["front", "back", "window"]
    assert load_settings(EXAMPLE.with_name("demonstration.toml")).acd.simulated.demonstration


def test_the_service_asks_for_what_the_program_does(capsys: pytest.CaptureFixture[str]) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(EXAMPLE.with_name("calldeck.service"))
    service = unit["Service"]
    assert service["Type"] == "notify-reload"
    program, *words = service["ExecStart"].split()
    assert program.endswith("/calldeck")
    assert call(*words)[0] == 0
    # Longer than a lag that is told of: a busy moment is no death.
    assert float(service["WatchdogSec"]) * 1000 / 3 > LATE_MS
    assert int(service["RestartPreventExitStatus"]) == UsageError.exit_code
