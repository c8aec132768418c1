"""`examples/desk.toml` says each setting, with its true default."""

from pathlib import Path

from calldeck.cli.config_commands import TEMPLATE
from calldeck.config.settings import Settings, load_settings

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
