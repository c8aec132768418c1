"""The console program; in maintenance mode the REPL is left to the technician."""

from calldeck_console import pico
from calldeck_wire import messages

if pico.boot_mode() != messages.MODE_MAINTENANCE:
    pico.run()
