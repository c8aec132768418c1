"""The simulated ACD: a small call centre of our own making, on its own clock."""

from calldeck.acd.simulated.adapter import SimulatedAcd, create
from calldeck.acd.simulated.records import SwitchSettings
from calldeck.acd.simulated.switch import SimulatedSwitch

__all__ = ["SimulatedAcd", "SimulatedSwitch", "SwitchSettings", "create"]
