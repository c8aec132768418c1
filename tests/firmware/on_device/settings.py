"""The record of settings, and the flash that keeps it."""

import unittest

import calldeck_native

from calldeck_console.settings import Settings, newest, read_record
from calldeck_wire import messages


class Records(unittest.TestCase):
    def test_a_record_is_read_as_it_was_written(self):
        settings = Settings()
        settings.change(messages.SETTING_COUGH_MS, 333)
        settings.name("Platz 12 ü".encode())
        read = read_record(settings.record(7))
        self.assertEqual(read.cough_ms, 333)
        self.assertEqual(read.label, "Platz 12 ü".encode())

    def test_a_damaged_record_is_none(self):
        record = bytearray(Settings().record(7))
        for place in range(len(record)):
            record[place] ^= 1
            self.assertTrue(read_record(bytes(record)) is None)
            record[place] ^= 1

    def test_the_newer_of_two_counts_also_where_numbers_wrap(self):
        self.assertEqual(newest(Settings().record(8), Settings().record(7)), 0)
        self.assertEqual(newest(Settings().record(0xFFFFFFFF), Settings().record(0)), 1)

    def test_only_the_two_sectors_can_be_written(self):
        for sector in (-1, 2, 158):
            with self.assertRaises(ValueError):
                calldeck_native.settings_erase(sector)
            with self.assertRaises(ValueError):
                calldeck_native.settings_program(sector, 0, bytes(256))

    def test_what_the_sectors_hold_is_blank_or_can_be_read(self):
        for sector in range(2):
            held = calldeck_native.settings_read(sector)
            self.assertTrue(held == b"\xff" * len(held) or read_record(held) is not None)
