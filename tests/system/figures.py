"""What a run leaves: the summary, and the press ledger, read back and held against each other."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calldeck.journal.folders import desk_folder
from calldeck.journal.lines import FILE_NAME

LATENCIES = ("press_to_received", "press_to_issued", "press_to_confirmed")
SHAPE = {
    "presses": {
        "sent", "delivered", "duplicated", "expired", "refused", "lost", "reset", "overflow",
    },
    "commands": {"confirmed", "denied", "timed_out", "unknown"},
    "calls": {"offered", "answered", "abandoned"},
    "lamps": {"frames", "lease_lapses"},
    "latency_ms": set(LATENCIES),
    "event_loop": {"lag_p50_ms", "lag_p99_ms", "lag_worst_ms"},
}  # fmt: skip


def read_summary(path: Path) -> dict[str, Any]:
    """Read a summary and check that it is built as promised: no key more, none less."""
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert figures.keys() == {*SHAPE, "link"}
    for part, keys in SHAPE.items():
        assert figures[part].keys() == keys, part
    for name in LATENCIES:
        spread = figures["latency_ms"][name]
        assert spread.keys() == {"p50", "p99", "max"}
        if spread["p50"] is not None:
            assert 0 <= spread["p50"] <= spread["p99"] <= spread["max"]
    counts = [figures[part] for part in ("presses", "commands", "calls", "lamps", "link")]
    assert all(type(count) is int and count >= 0 for part in counts for count in part.values())
    return figures


@dataclass(frozen=True, slots=True)
class Story:
    """One press edge in the ledger: its button, what was issued for it, and how it ended."""

    press: str
    button: str
    verbs: tuple[str, ...]
    outcome: str
    why: str


def read_ledger(folder: Path, desk: str = "desk-1") -> list[Story]:
    """Read the ledger of a run and check it.

    Each edge is received once, has one outcome at most, and what is issued for it is issued once,
    after it was received and before its outcome. Returns the story of each press, in their order.
    """
    text = (desk_folder(folder, desk) / FILE_NAME).read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    by_press: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if line["press"] is not None:
            by_press.setdefault(line["press"], []).append(line)
    stories = []
    for press, events in by_press.items():
        kinds = [event["line"] for event in events]
        assert kinds in (["received", "outcome"], ["received", "issued", "outcome"]), events
        received, outcome = events[0], events[-1]
        if received["pressed"]:
            verbs = tuple(event["verb"] for event in events[1:-1])
            stories.append(
                Story(press, received["button"], verbs, outcome["outcome"], outcome["why"])
            )
    return stories


def nothing_lost(figures: dict[str, Any]) -> None:
    """Check that each press that was sent has arrived once and could act."""
    presses = figures["presses"]
    assert presses["delivered"] == presses["sent"]
    for name in ("lost", "duplicated", "expired", "reset", "overflow"):
        assert presses[name] == 0, name
