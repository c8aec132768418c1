"""The firmware's pins are those of `hardware/pinmap.toml`."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from calldeck_console import pins
from calldeck_wire import messages

ROOT = Path(__file__).parents[3]
DEBUG_OR_INTERNAL = {23, 24, 25, 29}  # power, LED and sense pins of the Pico itself


@pytest.fixture(scope="module")
def pinmap() -> dict[str, Any]:
    return tomllib.loads((ROOT / "hardware" / "pinmap.toml").read_text(encoding="utf-8"))


def test_the_firmware_uses_the_pins_of_the_map(pinmap: dict[str, Any]) -> None:
    assert pins.BUTTONS == tuple(pinmap["buttons"][name] for name in messages.BUTTON_NAMES)
    assert pins.LAMPS == tuple(pinmap["lamps"][name] for name in messages.LAMPS_ORDER)
    assert pinmap["microphone"]["switch"] == pins.MICROPHONE_SWITCH
    assert pinmap["microphone"]["plugged"] == pins.HEADSET_PLUGGED
    assert tuple(pinmap["board"]["straps"]) == pins.BOARD_STRAPS


def test_the_levels_are_those_that_the_firmware_assumes(pinmap: dict[str, Any]) -> None:
    assert pinmap["buttons"]["active"] == "low"
    assert pinmap["lamps"]["active"] == "high"
    assert pinmap["microphone"]["switch_muted"] == "high"
    assert pinmap["microphone"]["plugged_active"] == "low"


def test_no_pin_is_used_twice_and_the_reserved_ones_stay_free(pinmap: dict[str, Any]) -> None:
    used = [
        *pins.BUTTONS,
        *pins.LAMPS,
        pins.MICROPHONE_SWITCH,
        pins.HEADSET_PLUGGED,
        *pins.BOARD_STRAPS,
    ]
    assert len(set(used)) == len(used)
    assert all(0 <= pin <= 28 for pin in used)
    assert 15 in pinmap["reserved"]
    assert not set(used) & (set(pinmap["reserved"]) | DEBUG_OR_INTERNAL)
