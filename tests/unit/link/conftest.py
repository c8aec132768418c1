"""Every test of the link is looked after: a link runs for a whole shift, so nothing may be left."""

from collections.abc import Iterator

import pytest
from tests.leftovers import nothing_left_behind


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    """See also `Rig.open`, which looks at timers and tasks while the loop still runs."""
    with nothing_left_behind(quick=True):
        yield
