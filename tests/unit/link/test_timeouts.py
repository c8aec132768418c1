"""The link's times fit those of the firmware and of each other."""

import re
from pathlib import Path

from calldeck.config.settings import CommandSettings, LampSettings
from calldeck.link import connection, session, standstill
from calldeck_wire.flight import WATCHDOG_MS
from calldeck_wire.messages import MAX_LEASE_MS

PICO = Path(__file__).resolve().parents[3] / "firmware" / "calldeck_console" / "pico"
# From a reset to the first answer, measured in the emulator: 48 ms, enumeration apart.
RESET_MS = 500


def firmware(name: str) -> int:
    """Return a time of the runner, which cannot be imported without a board."""
    texts = [path.read_text("utf-8") for path in sorted(PICO.glob("*.py"))]
    [found] = re.findall(rf"^{name} = (\d+)$", "\n".join(texts), re.MULTILINE)
    return int(found)


def test_a_console_that_hangs_and_resets_itself_is_back_before_it_is_given_up() -> None:
    assert WATCHDOG_MS + RESET_MS < connection.SILENCE_MS


def test_a_console_that_boots_slowly_answers_in_time() -> None:
    assert firmware("_ASKED_MS") + RESET_MS + session.HELLO_AGAIN_MS < connection.WELCOME_MS


def test_one_lost_ping_is_no_silence() -> None:
    assert 2 * session.PING_MS < connection.SILENCE_MS


def test_a_console_shows_link_lost_before_the_host_gives_it_up() -> None:
    assert LampSettings().lease_ms < connection.SILENCE_MS
    assert MAX_LEASE_MS <= connection.SILENCE_MS


def test_a_sleep_that_is_not_noticed_makes_no_old_press_act() -> None:
    assert standstill.NOTICED_MS < CommandSettings().press_expiry_ms
