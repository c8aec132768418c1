"""Many desks under load: every press arrives and is confirmed, and a desk costs little.

How fast that is, benchmarks/link_desks.py tells.
"""

import pytest
from tests.system.floor import measure


@pytest.mark.parametrize(
    ("desks", "seconds"),
    [(100, 6), pytest.param(1_000, 20, marks=(pytest.mark.full, pytest.mark.timeout(300)))],
)
def test_every_press_of_every_desk_is_confirmed(leaves_nothing_behind, desks, seconds):
    few, many = measure(10, 3), measure(desks, seconds)
    for floor in (few, many):
        assert floor.lost == 0
        assert floor.acknowledged == floor.presses
        # Each of them, those before the count began, and the login.
        assert floor.confirmed == floor.presses + floor.desks * (3 + 1)
    assert (many.memory_kb - few.memory_kb) / (many.desks - few.desks) < 100
