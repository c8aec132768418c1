"""The Pico board: the only place of the console that touches pins, time or streams."""
