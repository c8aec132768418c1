"""Adapters are found by name among the installed ones."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from calldeck.acd import registry, simulated
from calldeck.errors import UsageError

SIMULATED = EntryPoint("simulated", "calldeck.acd.simulated:create", registry.GROUP)
BROKEN = EntryPoint("broken", "calldeck_no_such_module:create", registry.GROUP)
NO_SUCH_NAME = EntryPoint("nameless", "calldeck.acd.simulated:no_such_name", registry.GROUP)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """These adapters are installed, whatever else is."""
    points = EntryPoints([SIMULATED, BROKEN, NO_SUCH_NAME])

    def entry_points(**wanted: Any) -> EntryPoints:
        return points.select(**wanted)

    monkeypatch.setattr(registry, "entry_points", entry_points)


def test_the_simulated_one_is_found() -> None:
    assert registry.load("simulated") is simulated.create


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'simulatd'.*broken, nameless, simulated"):
        registry.load("simulatd")


@pytest.mark.parametrize("name", ["broken", "nameless"])
def test_one_that_cannot_be_loaded_says_where_it_is(name: str) -> None:
    with pytest.raises(UsageError, match=rf"'{name}' \(calldeck.*cannot be loaded"):
        registry.load(name)
