"""The console program: a pure core (`core.step`) and one thin runner per machine.

`pico` runs it on the board; the host's virtual console runs the same core on CPython.
"""

VERSION = (0, 1, 0)
