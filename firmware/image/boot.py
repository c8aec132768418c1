"""First code of every boot: take the mode that the reset asked for, before any watchdog runs.

Nothing may escape from here: it would be printed before there is a USB port to read it at. main.py
runs in the same names and tells of `failure`.
"""

import sys

import micropython

failure: object = None
try:
    # A host may be there already, and byte 3 of its frames is data, not Ctrl-C.
    micropython.kbd_intr(-1)
    # The console program and what it uses lie in the image. A file of the same name, forgotten in
    # the flash file system, would be found before it.
    sys.path[:] = [".frozen"]
    from calldeck_console.pico import modes

    modes.take_mode()
    # While USB is not up yet: a host that sees the port finds the console's pins as they are to be.
    if modes.boot_mode() != modes.MAINTENANCE:
        from calldeck_console.pico import runner  # noqa: F401 - main.py runs it
except BaseException as error:  # noqa: BLE001 - a damaged image may raise anything
    failure = error
