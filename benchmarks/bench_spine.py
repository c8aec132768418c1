"""How fast a press travels, on the real firmware in emulated time.

Three stretches of one press of HOLD during a call, each in two models of the board: *flat*
(every fetch from flash is free) and *cached* (16 kB cache, 64 cycles a miss), which is the
honest one for planning. Host and ACD run on the emulated clock and cost no time there, so
the figures are the console's own. Beside them, without a daemon: how fast an idle console
answers a ping, and sets a lamp's pin. Deterministic: the same firmware gives the same figures.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from table import Row, percentile, report

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.hil.rig import Rig  # noqa: E402 found only by the line above

from calldeck.acd.simulated import SwitchSettings  # noqa: E402
from calldeck.cli.logs import Level, configure_logs  # noqa: E402
from calldeck.consoles.images import find_image  # noqa: E402
from calldeck.consoles.lockstep import LockstepEmulator  # noqa: E402
from calldeck_console import pins  # noqa: E402
from calldeck_wire import messages  # noqa: E402
from calldeck_wire.frames import encode_frame  # noqa: E402
from calldeck_wire.messages import LAMPS_ORDER  # noqa: E402

PRESSES = 100
BOOT_US = 800_000
SESSION = 0xC0FFEE01
HOLD = LAMPS_ORDER.index("hold")
QUIET = SwitchSettings(
    callers_per_minute=0, answer_after_s=None, talk_s=(3600, 3600), after_call_work_s=0
)


def journeys(cache: bool) -> dict[str, list[float]]:
    """Press HOLD again and again; return the ms of each stretch of each press."""
    found: dict[str, list[float]] = {"wire": [], "issued": [], "lamp": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        Rig(find_image(), Path(folder), switch=QUIET, cache=cache) as rig,
    ):
        rig.start_daemon()
        rig.take_a_call()
        for place in range(PRESSES):
            told, submitted = len(rig.port.told), len(rig.switch.submitted)
            # Not in step with any tick of the firmware's.
            rig.run_for(0.05 + 0.0137 * (place % 7))
            at_s = rig.press("HOLD", 0.06)
            rig.run_for(0.3)
            edge = next(
                item
                for item in rig.port.told[told:]
                if item.message is messages.EDGE and item.values[3] & messages.EDGE_PRESSED
            )
            found["wire"].append(edge.at_us / 1000 - at_s * 1000)
            assert len(rig.switch.submitted) == submitted + 1
            found["issued"].append(rig.switch.submitted_us[-1] / 1000 - at_s * 1000)
            changes = rig.lamp_edges("attention", at_s)
            found["lamp"].append(changes[0].at_us / 1000 - at_s * 1000)
    return found


def answers(cache: bool) -> dict[str, list[float]]:
    """Tell an idle console something; return the ms until it answers, no daemon in between.

    echo: a ping until its pong's last byte. pin: a lamp state until the lamp's pin.
    """
    found: dict[str, list[float]] = {"echo": [], "pin": []}
    lamp = pins.LAMPS[HOLD]
    with LockstepEmulator(find_image(), cache=cache) as pico:
        pico.watch(lamp)
        pico.run_until(BOOT_US)
        ask(pico, messages.HELLO, (1, 1))
        pico.run_until(pico.now_us + 200_000)
        for place in range(PRESSES):
            # Not in step with any tick of the firmware's.
            pico.run_until(pico.now_us + 50_000 + 13_700 * (place % 7))
            pico.read()
            pico.forget_edges()
            at_us = ask(pico, messages.PING, (place,))
            assert pico.run_until_output(at_us + 100_000)
            found["echo"].append((pico.now_us - at_us) / 1000)
            pico.run_until(pico.now_us + 50_000)
            slots = bytearray(messages.LAMP_COUNT)
            slots[HOLD] = messages.SLOT_OFF if place % 2 else messages.SLOT_STEADY
            until = round(pico.now_us / 1000) + 2_000
            at_us = ask(pico, messages.LAMPS, (place + 1, until, 0, bytes(slots)))
            pico.run_until(at_us + 50_000)
            found["pin"].append((pico.edges(lamp)[0].at_us - at_us) / 1000)
    return found


def ask(pico: LockstepEmulator, message: messages.Message, values: tuple[object, ...]) -> float:
    """Send a message of the only session now; return the microsecond."""
    pico.send(encode_frame(messages.encode(message, SESSION, values)))
    return pico.now_us


def main() -> int:
    """Measure and report."""
    configure_logs(Level.WARNING)
    rows = []
    for name, cache in (("flat", False), ("cached", True)):
        for stretch, values in {**journeys(cache), **answers(cache)}.items():
            what = {
                "wire": "press to the edge's last byte at the host",
                "issued": "press to the command at the ACD",
                "lamp": "press to the attention lamp: a wish is under way",
                "echo": "a ping to its pong's last byte, console idle",
                "pin": "a lamp state to the lamp's pin, console idle",
            }[stretch]
            for label, share in (("p50", 0.5), ("p99", 0.99)):
                value = percentile(values, share)
                rows.append(Row(f"spine.{stretch}.{name}.{label}", what, value, "ms"))
    rows.append(Row("spine.count", "presses measured in each model", PRESSES, "presses"))
    return report(rows, "A press of HOLD, emulated time")


if __name__ == "__main__":
    sys.exit(main())
