"""micropython-lib's logging and unittest, as the image has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute

from calldeck.consoles.lockstep import LockstepEmulator

LOGGING = """
import logging
class Kept(logging.Handler):
    def emit(self, record):
        print(record.levelno, record.name, self.formatter.format(record))
log = logging.getLogger("console")
kept = Kept()
kept.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
log.addHandler(kept)
log.setLevel(logging.WARNING)
log.info("frame %d", 1)
log.warning("lost %d of %s", 3, "presses")
"""
UNITTEST = """
import unittest
class Sums(unittest.TestCase):
    def test_right(self):
        self.assertEqual(1 + 1, 2)
    def test_wrong(self):
        self.assertEqual(1 + 1, 3)
suite = unittest.TestSuite()
suite.addTest(Sums)
result = unittest.TestRunner().run(suite)
print(result.testsRun, result.failuresNum, result.wasSuccessful())
"""


@pytest.fixture(scope="module")
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        yield pico


def test_they_lie_in_flash_alone_until_they_are_imported(board: LockstepEmulator) -> None:
    code = "import sys\nprint([name for name in ('logging', 'unittest') if name in sys.modules])"
    assert execute(board, code).strip() == "[]"


def test_a_handler_hears_what_its_logger_lets_through(board: LockstepEmulator) -> None:
    assert execute(board, LOGGING).splitlines() == ["30 console WARNING: lost 3 of presses"]


def test_unittest_tells_right_from_wrong(board: LockstepEmulator) -> None:
    assert execute(board, UNITTEST).splitlines()[-1] == "2 1 False"
