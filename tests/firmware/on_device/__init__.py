"""Tests that run on the board itself, with micropython-lib's unittest: emulated or real.

Each module here but this one is sent to the board's raw REPL as it is, the one of the vectors after
their frames. `tests/firmware/test_on_device.py` does it in the emulator, `make test-board` on a
board.
"""
