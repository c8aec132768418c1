"""What of new settings can hold at once, while calls go on, and what needs a restart."""

from collections.abc import Iterator
from typing import Any

from calldeck.config.settings import Settings, Table

WHILE_RUNNING = frozenset(
    {
        "lamps.refusal_ms",
        "lamps.queue_thresholds",
        "commands.timeout_ms",
        "commands.press_expiry_ms",
        "login.pin_file",
        "status.reasons",
        "status.dispositions",
        "status.arrival_guard_ms",
        "status.hold_reminder_s",
        "status.mute_reminder_s",
        "gestures.double_tap_ms",
        "gestures.long_press_ms",
        "gestures.logout_press_ms",
        "gestures.emergency_press_ms",
        "gestures.choice_ms",
    }
)
"""The keys that can change while the desk works; every other one is read only at the start."""


def changes(old: Settings, new: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that differ: those that can change now, and those that need a restart."""
    before, after = dict(leaves(old)), dict(leaves(new))
    different = sorted(
        key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    )
    now = tuple(key for key in different if key in WHILE_RUNNING)
    return now, tuple(key for key in different if key not in WHILE_RUNNING)


def merged(old: Settings, new: Settings, keys: tuple[str, ...]) -> Settings:
    """Return the old settings with these keys of the new; each is `table.key`."""
    tables: dict[str, Any] = {}
    for key in keys:
        table, name = key.split(".")
        current = tables.get(table, getattr(old, table))
        value = getattr(getattr(new, table), name)
        tables[table] = current.model_copy(update={name: value})
    return old.model_copy(update=tables)


def leaves(table: Settings | Table, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Give every key of the settings, with the tables it stands in, and its value."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, Table):
            yield from leaves(value, f"{prefix}{name}.")
        elif isinstance(value, tuple) and any(isinstance(item, Table) for item in value):
            for place, item in enumerate(value, start=1):
                yield from leaves(item, f"{prefix}{name}.{place}.")
        else:
            yield prefix + name, value
