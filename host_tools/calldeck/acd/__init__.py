"""The ACD seen from the desk: one interface, adapters found by entry point.

An adapter turns one ACD's language into the desk's events and the desk's commands into that
language. `interface.Acd` is what an adapter is, `registry.load` finds it by name.
"""

from calldeck.acd.interface import (
    Acd,
    Counters,
    Factory,
    Issued,
    Phone,
    PinVerifier,
    Place,
    ScriptableAcd,
    Seat,
    Sink,
)
from calldeck.acd.registry import load, names

__all__ = [
    "Acd",
    "Counters",
    "Factory",
    "Issued",
    "Phone",
    "PinVerifier",
    "Place",
    "ScriptableAcd",
    "Seat",
    "Sink",
    "load",
    "names",
]
