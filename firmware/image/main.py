"""The console program; in maintenance mode the REPL is left to the technician."""

import micropython

# Each file that MicroPython runs may be interrupted by Ctrl-C again; see boot.py.
micropython.kbd_intr(-1)

from calldeck_console.pico import modes  # noqa: E402 - the byte may come while it is imported
from calldeck_wire import messages  # noqa: E402

if modes.boot_mode() != messages.MODE_MAINTENANCE:
    from calldeck_console.pico import runner

    runner.run()
