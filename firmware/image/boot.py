"""First code of every boot: take the mode that the reset asked for, before any watchdog runs."""

import micropython

# A host may be there already, and byte 3 of its frames is data, not Ctrl-C.
micropython.kbd_intr(-1)

from calldeck_console.pico import modes  # noqa: E402 - the byte may come while it is imported

modes.take_mode()

# While USB is not up yet: a host that sees the port finds the console's pins as they are to be.
if modes.boot_mode() != modes.MAINTENANCE:
    from calldeck_console.pico import runner  # noqa: F401 - main.py runs it
