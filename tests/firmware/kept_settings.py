"""The settings in the flash of an emulated board: ordering them, and reading them from outside."""

from __future__ import annotations

from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console.settings import KEPT_BYTES, LIMITS, SECTORS, Settings, newest, read_record
from calldeck_wire import messages

SETTINGS_AT = (2048 - 1408 - 8) * 1024
SECTOR_BYTES = 4096

Content = tuple[object, ...]


def sectors(pico: LockstepEmulator) -> list[bytes]:
    """Return what the firmware reads of the two sectors."""
    return [
        pico.read_flash(SETTINGS_AT + place * SECTOR_BYTES, KEPT_BYTES) for place in range(SECTORS)
    ]


def in_flash(pico: LockstepEmulator) -> Content:
    """Return the settings that stand in the flash, by the firmware's own reader on CPython."""
    kept = sectors(pico)
    found = read_record(kept[newest(*kept)])
    assert found is not None
    return found.content()


def start(host: PlainHost) -> None:
    """Open a session with a board that has just started, and show it that there is no call."""
    host.fall_silent()
    host.connect(patience_us=20_000_000)
    host.show()


def order(host: PlainHost, settings: Settings) -> None:
    """Order settings as a daemon does, one after another."""
    for key, (name, _, _) in LIMITS.items():
        result = host.order(messages.SETTING, key, getattr(settings, name))
        assert result == messages.RESULT_DONE
    assert host.order(messages.LABEL, tail=settings.label) == messages.RESULT_DONE


def told(host: PlainHost) -> tuple[int, int, Content]:
    """Return whether the console's settings are saved, how often it wrote, and what they are."""
    saved, writes, *numbers = host.ask(messages.REPORT_SETTINGS, messages.SETTINGS)
    return saved, writes, (*numbers, host.last(messages.SETTINGS).tail)
