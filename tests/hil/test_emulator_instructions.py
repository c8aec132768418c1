"""The emulator's quick instructions do what rp2040js's do, bit for bit and cycle for cycle."""

import shutil
import subprocess
from pathlib import Path

import pytest

COMPARE = Path(__file__).with_name("compare_instructions.mjs")


@pytest.mark.parametrize(("seed", "rounds"), [(1, 2), pytest.param(2, 50, marks=pytest.mark.full)])
def test_every_instruction_gives_what_rp2040js_gives(seed: int, rounds: int) -> None:
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, COMPARE, str(seed), str(rounds)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[:2_000] + done.stderr[-2_000:]
    assert int(done.stdout) > 69_000 * rounds
