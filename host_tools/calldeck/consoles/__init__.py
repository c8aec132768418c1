"""Consoles that need no hardware.

`virtual` is the console's core on CPython, `emulated` the real firmware image in an RP2040
emulator in real time, `lockstep` the same in emulated time, for tests.
"""
