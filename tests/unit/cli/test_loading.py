"""Loading without the garbage collector, which is as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from calldeck.cli.loading import loading


def test_nothing_is_collected_while_modules_are_loaded():
    assert gc.isenabled()
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_loaded_is_never_looked_at_again():
    with loading():
        loaded = [[] for _ in range(1000)]
    assert not any(kept is loaded for kept in gc.get_objects()), "it is still among the collected"


def test_a_module_that_cannot_be_loaded_leaves_the_collector_on():
    with pytest.raises(ImportError), loading():
        raise ImportError("no such module")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
