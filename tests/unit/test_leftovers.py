"""What looks after the tests must itself be able to fail."""

import asyncio
import os
import threading

import pytest
from tests.leftovers import nothing_left_behind


@pytest.mark.parametrize("quick", [True, False])
def test_a_forgotten_descriptor_is_told(quick):
    with (
        pytest.raises(AssertionError, match=r"left behind: \{'descriptors'"),
        nothing_left_behind(quick=quick, settle_s=0),
    ):
        ends = os.pipe()
    for end in ends:
        os.close(end)


def test_a_forgotten_thread_is_told():
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="forgotten")
    with (
        pytest.raises(AssertionError, match=r"left behind: \{'threads': \['forgotten'"),
        nothing_left_behind(quick=True, settle_s=0),
    ):
        thread.start()
    end.set()
    thread.join()


def test_a_forgotten_task_is_told():
    async def test() -> None:
        with (
            pytest.raises(AssertionError, match=r"left behind: \{'tasks': \['forgotten'"),
            nothing_left_behind(quick=True, settle_s=0),
        ):
            task = asyncio.create_task(asyncio.sleep(60), name="forgotten")
        task.cancel()

    asyncio.run(test())


def test_what_ends_in_its_own_time_is_waited_for():
    with nothing_left_behind(quick=True):
        threading.Timer(0.1, int).start()
