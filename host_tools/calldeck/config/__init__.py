"""What a person decides before the daemon starts: settings, script and options of one run."""

from calldeck.config.listen import ListenAddress, parse_listen
from calldeck.config.options import Happening, Observer, RunOptions
from calldeck.config.script import AcdStep, PressStep, Script, load_script
from calldeck.config.settings import Settings, load_settings

__all__ = [
    "AcdStep",
    "Happening",
    "ListenAddress",
    "Observer",
    "PressStep",
    "RunOptions",
    "Script",
    "Settings",
    "load_script",
    "load_settings",
    "parse_listen",
]
