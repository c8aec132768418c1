"""The console program; where it cannot run, or is not asked for, the REPL is left to a technician.

`boot.py` has run in the same names before and has left what it could not do in `failure`. Whoever
opens the port is told: what is printed sooner is lost.
"""

import sys
import time

import calldeck_native
import micropython

# Each file that MicroPython runs may be interrupted by Ctrl-C again; see boot.py.
micropython.kbd_intr(-1)
failure: object = globals().get("failure")
if failure is None:
    try:
        from calldeck_console.pico import modes
        from calldeck_wire import messages

        if modes.boot_mode() == messages.MODE_MAINTENANCE:
            failure = modes.last_error or None
        else:
            from calldeck_console.pico import runner

            runner.run()
    except BaseException as error:  # noqa: BLE001 - a damaged image may raise anything
        failure = error
# A technician may use files. The image still comes first.
sys.path += ["", "/lib"]
if failure is not None:
    while not calldeck_native.port_open():
        time.sleep_ms(10)
    if isinstance(failure, BaseException):
        sys.print_exception(failure)
    else:
        print(failure)  # noqa: T201 - this is what the port is for now
