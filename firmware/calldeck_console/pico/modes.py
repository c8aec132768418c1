"""Why the board starts, and how it is to start next: words that survive a reset.

They lie in four scratch registers of the watchdog, which only a power cut and the reset pin clear.
"""

import time

import calldeck_native
import machine
from machine import Pin

from calldeck_console import pins
from calldeck_console.flight import Recorder
from calldeck_wire import flight, messages

_ASKED_MS = 1500
# Three times in a row, each so soon after its boot, and the program is left alone.
_CRASHES = 3
_SOON_MS = 10_000
# Word 0: this mark, and four bits each of crashes in a row, CAUSE_* and MODE_*: what the program
# before this boot has left. Without the mark there was none: power, or the reset pin.
_MARK = 0x0CA10000
_MARK_MASK = 0xFFFF0000
# Words 1 to 3: a mark, and the counters behind it.
_COUNT_WORD = 0x0CA11C0D

_words = calldeck_native.scratch()
recorder = Recorder(calldeck_native.flight_bytes())

MAINTENANCE = messages.MODE_MAINTENANCE

_boot_mode = messages.MODE_NORMAL
_cause = messages.CAUSE_POWER
_crashes = 0
# The recorder of the boot before, and the text of the error for which this one is maintenance.
last_flight = b""
last_error = ""


def take_mode() -> int:
    """Read and clear what the reset asked for; called once in each start, from boot.py.

    STATUS held at power-up, and for _ASKED_MS after it, asks for maintenance too. Not a
    shorter press: an agent's tap in the wrong moment must not cost the console.
    """
    global _boot_mode, _cause, _crashes, last_flight, last_error
    if not calldeck_native.first_start():
        # Ctrl-D at the prompt is no reset: what began as maintenance is still that.
        boot = recorder.word(flight.BOOT)
        _cause = boot >> 8
        _boot_mode = boot & 0xFF
        return _boot_mode
    word = _words[0]
    left = word & 0xFFF if word & _MARK_MASK == _MARK else 0
    _cause = left >> 4 & 0xF or calldeck_native.reset_cause()
    _crashes = left >> 8 if _cause == messages.CAUSE_EXCEPTION else 0
    _boot_mode = left & 0xF
    last_flight = recorder.contents()
    if _crashes >= _CRASHES:
        _crashes = 0
        _boot_mode = messages.MODE_MAINTENANCE
        last_error = recorder.text()
    elif _cause in (messages.CAUSE_POWER, messages.CAUSE_PIN) and _status_held():
        _boot_mode = messages.MODE_MAINTENANCE
    _leave(0, messages.MODE_NORMAL)
    recorder.begin(time.ticks_ms(), _cause, _boot_mode)
    if _boot_mode == messages.MODE_BOOTLOADER:
        machine.bootloader()
    return _boot_mode


def _status_held() -> bool:
    status = Pin(pins.BUTTONS[messages.BUTTON_STATUS], Pin.IN, Pin.PULL_UP)
    time.sleep_us(50)  # the pull-up charges the line
    start = time.ticks_ms()
    while not status():
        if time.ticks_diff(time.ticks_ms(), start) > _ASKED_MS:
            return True
    return False


def _leave(cause: int, mode: int) -> None:
    """Leave with the next boot why this one ends, 0 where it is not known yet, and its mode."""
    _words[0] = _MARK | _crashes << 8 | cause << 4 | mode


def boot_mode() -> int:
    """Return the MODE_* of this boot."""
    return _boot_mode


def cause() -> int:
    """Return the CAUSE_* of this boot."""
    return _cause


def recall_counters() -> tuple[int, int]:
    """Return (presses, overflow) of the boot before, zeros where the power was cut."""
    if _words[1] == _COUNT_WORD:
        return (_words[2], _words[3])
    return (0, 0)


def keep_counters(presses: int, overflow: int) -> None:
    """Put the counters where a reset does not reach them."""
    _words[1] = _COUNT_WORD
    _words[2] = presses
    _words[3] = overflow


def reset(mode: int) -> None:
    """Leave the mode for the next boot and reset, as the host has ordered."""
    _leave(messages.CAUSE_ORDER, mode)
    time.sleep_ms(20)  # the last frame leaves the USB buffer
    machine.reset()


def reset_after_error() -> None:
    """Start again after an error that ended the program; too often, and the next boot does not."""
    global _crashes
    _crashes = _crashes + 1 if time.ticks_ms() < _SOON_MS else 0
    _leave(messages.CAUSE_EXCEPTION, messages.MODE_NORMAL)
    machine.reset()
