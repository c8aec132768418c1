"""`examples/desk.toml` says each setting, with its true default."""

from pathlib import Path

from calldeck.config.settings import Settings, load_settings

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "desk.toml"


def test_the_example_names_every_setting_with_its_default() -> None:
    example = load_settings(EXAMPLE)
    assert example == Settings()
    assert example.model_dump(exclude_unset=True) == Settings().model_dump()
