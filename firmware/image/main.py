"""The console program; in maintenance mode the REPL is left to the technician."""

from calldeck_console.pico import modes
from calldeck_wire import messages

if modes.boot_mode() != messages.MODE_MAINTENANCE:
    from calldeck_console.pico import runner

    runner.run()
