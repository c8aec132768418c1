"""The lamps: each pin does what the core says, and nothing else does."""

import unittest

from machine import Pin

from calldeck_console import core, pins
from calldeck_console.lamps import LAMPS, Lamps
from calldeck_console.pico.inputs import Inputs
from calldeck_console.pico.outputs import Outputs
from calldeck_wire import messages

SWITCH = 1 << core.MICROPHONE_BIT


class Pins(unittest.TestCase):
    def setUp(self):
        self.switch = Pin(pins.MICROPHONE_SWITCH, Pin.OUT, value=1)
        self.core = Lamps()
        self.outputs = Outputs(self.switch, Inputs(self.switch), self.core)

    def test_each_lamp_lights_alone(self):
        for lamp in range(LAMPS):
            self.outputs.show(SWITCH | 1 << lamp)
            self.assertEqual(self.outputs.levels(), (1 << lamp, 1))
        self.outputs.show(0)
        self.assertEqual(self.outputs.levels(), (0, 0))
        self.outputs.show(SWITCH)

    def test_dimmed_lamps_are_lit_and_full_again(self):
        for percent in (10, 50, 100):
            self.core.set_brightness(percent, percent)
            self.outputs.show(SWITCH | (1 << LAMPS) - 1)
            self.assertEqual(self.outputs.levels(), ((1 << LAMPS) - 1, 1))
            self.outputs.show(SWITCH)
        self.assertEqual(self.outputs.levels(), (0, 1))


class Patterns(unittest.TestCase):
    def test_a_pattern_runs_to_the_millisecond(self):
        lamps = Lamps()
        self.assertEqual(lamps.set_pattern(2, 100, (100, 100, 100, 700)), messages.RESULT_DONE)
        self.assertTrue(lamps.show(1, 3000, 0, bytes([2] + [0] * 9), 0))
        edges = []
        for now in range(2000):
            lit = lamps.lit(now) & 1
            if lit != (len(edges) & 1):
                edges.append(now)
        self.assertEqual(edges, [0, 100, 200, 300, 1000, 1100, 1200, 1300])

    def test_what_flickers_is_refused(self):
        refused = messages.RESULT_BAD_VALUE
        self.assertEqual(Lamps().set_pattern(2, 100, (50, 50)), refused)
