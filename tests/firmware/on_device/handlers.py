"""The interrupt handlers of the inputs: nothing in them may allocate.

An interrupt handler that allocates is switched off without a word, and the button is dead.
"""

import time
import unittest

import machine
import micropython
from machine import Pin

from calldeck_console import pins
from calldeck_console.buttons import INPUTS, PLUG
from calldeck_console.link import Identity
from calldeck_console.pico.inputs import Inputs
from calldeck_console.state import State

micropython.alloc_emergency_exception_buf(100)
MOV_ISR_NULL = 0xA0C3
PUSH_NOBLOCK = 0x8000
MUTES, PLUGS, OWN = 4, 5, 6  # places of Inputs.marks


def with_locked_heap(act):
    """Do something while nothing can be allocated; a MemoryError is the test's failure."""
    micropython.heap_lock()
    try:
        act()
    finally:
        micropython.heap_unlock()


class Handlers(unittest.TestCase):
    def setUp(self):
        self.switch = Pin(pins.MICROPHONE_SWITCH, Pin.OUT, value=0)
        self.inputs = Inputs(self.switch)

    def tearDown(self):
        for edge_filter in self.inputs.filters:
            edge_filter.machine.irq(None)
            edge_filter.machine.active(0)
        for number in pins.BUTTONS + (pins.HEADSET_PLUGGED,):
            Pin(number, Pin.IN, Pin.PULL_UP)

    def test_a_handler_takes_what_its_filter_has_told_and_allocates_nothing(self):
        marks = self.inputs.marks
        for source in range(INPUTS):
            machine_of = self.inputs.filters[source].machine
            for how in range(2):  # with the microphone switch in its hands, and without
                marks[MUTES] = marks[PLUGS] = marks[OWN] = how
                self.switch(0)
                machine_of.exec(MOV_ISR_NULL)
                machine_of.exec(PUSH_NOBLOCK)
                handler = self.inputs.handlers[source]
                with_locked_heap(lambda handler=handler: handler(None))
                taken = self.inputs.changes(time.ticks_ms())
                self.assertEqual([change[:2] for change in taken], [(source, True)])
                moves = source in (0, PLUG) and how
                self.assertEqual(self.switch(), 1 if moves else 0)

    def test_a_full_ring_is_counted_and_allocates_nothing(self):
        machine_of = self.inputs.filters[1].machine
        handler = self.inputs.handlers[1]
        for _ in range(300):
            machine_of.exec(PUSH_NOBLOCK)
            with_locked_heap(lambda: handler(None))
        self.assertTrue(self.inputs.lost() > 0)

    def test_levels_come_in_by_interrupt_while_the_heap_is_locked(self):
        """The pull resistors press the buttons: no finger is needed, and none may be there.

        A headset may be plugged in: its sense is not looked at.
        """
        state = State(Identity())
        self.inputs.start(state)
        time.sleep_ms(5)
        for level, pull in ((True, Pin.PULL_DOWN), (False, Pin.PULL_UP)):
            for pin in self.inputs.pins:
                pin.init(Pin.IN, pull)
            with_locked_heap(lambda: time.sleep_ms(5))
            taken = [change for change in self.inputs.changes(time.ticks_ms()) if change[0] != PLUG]
            self.assertEqual(sorted([change[0] for change in taken]), list(range(PLUG)))
            self.assertTrue(all([change[1] == level for change in taken]))

    def test_what_allocates_is_caught(self):
        with self.assertRaises(MemoryError):
            with_locked_heap(lambda: [machine.mem32[0xE000ED00], 1.5e9])
