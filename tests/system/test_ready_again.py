"""How soon a press is accepted again after the console's cable was out."""

import statistics

from tests.system import replugs
from tests.system.outliving import CALM_PACE

LIMIT_S = 2.0


def test_a_replugged_console_is_soon_of_use(leaves_nothing_behind, uf2, tmp_path):
    found = replugs.run(uf2, tmp_path, 5, 1)
    assert len(found.power_kept_s) == 3
    assert len(found.power_cut_s) == 2
    # A computer that is too busy for the emulator says nothing about how soon that is.
    if found.pace >= CALM_PACE:
        assert statistics.median(found.ready_s) <= LIMIT_S
    assert min(found.ready_s) > replugs.HELD_S, "accepted before it was pressed"
