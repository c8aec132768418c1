"""First code of every boot: take the mode that the reset asked for, before any watchdog runs."""

from calldeck_console.pico import modes

modes.take_mode()
