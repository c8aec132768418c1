"""First code of every boot: take the mode that the reset asked for, before any watchdog runs."""

from calldeck_console import pico

pico.take_mode()
