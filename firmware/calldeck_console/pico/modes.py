"""Why the board starts, and how it is to start next: words that survive a reset.

The only registers that do are the watchdog's scratch registers; a power cut clears them.
"""

import time

import machine
from machine import Pin

from calldeck_console import pins
from calldeck_wire import messages

_ASKED_MS = 1500
# Watchdog scratch registers 0 to 3: MicroPython and the boot ROM leave them alone.
_SCRATCH = 0x4005800C
_MODE_WORD = 0x0CA11D00
_COUNT_WORD = 0x0CA11C0D
# The SDK leaves this in scratch register 4 while a watchdog runs, and clears it before a
# reset by order: a reset cause alone cannot tell a bite from machine.reset().
_WATCHDOG_WORD = 0x6AB73121

MAINTENANCE = messages.MODE_MAINTENANCE

_boot_mode = messages.MODE_NORMAL
_was_bitten = False


def take_mode() -> int:
    """Read and clear the mode that the reset asked for; called once, from boot.py.

    STATUS held at power-up, and for _ASKED_MS after it, asks for maintenance too. Not a
    shorter press: an agent's tap in the wrong moment must not cost the console.
    """
    global _boot_mode, _was_bitten
    word = machine.mem32[_SCRATCH]
    machine.mem32[_SCRATCH] = 0
    if word & ~0xFF == _MODE_WORD:
        _boot_mode = word & 0xFF
    _was_bitten = machine.mem32[_SCRATCH + 16] == _WATCHDOG_WORD
    machine.mem32[_SCRATCH + 16] = 0
    if machine.reset_cause() == machine.PWRON_RESET and _status_held():
        _boot_mode = messages.MODE_MAINTENANCE
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


def boot_mode() -> int:
    """Return the MODE_* of this boot."""
    return _boot_mode


def cause() -> int:
    """Return the CAUSE_* of this boot."""
    return machine.reset_cause()


def was_bitten() -> bool:
    """Tell whether the watchdog ended the boot before."""
    return _was_bitten


def recall_counters() -> tuple[int, int]:
    """Return (presses, overflow) of the boot before, zeros where the power was cut."""
    memory = machine.mem32
    if memory[_SCRATCH + 4] == _COUNT_WORD:
        return (memory[_SCRATCH + 8], memory[_SCRATCH + 12])
    return (0, 0)


def keep_counters(presses: int, overflow: int) -> None:
    """Put the counters where a reset does not reach them."""
    memory = machine.mem32
    memory[_SCRATCH + 4] = _COUNT_WORD
    memory[_SCRATCH + 8] = presses
    memory[_SCRATCH + 12] = overflow


def reset(mode: int) -> None:
    """Leave the mode word for the next boot and reset."""
    machine.mem32[_SCRATCH] = _MODE_WORD | mode if mode else 0
    time.sleep_ms(20)  # the last frame leaves the USB buffer
    machine.reset()
