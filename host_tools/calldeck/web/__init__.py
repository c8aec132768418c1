"""The local API: what this desk is doing, for programs on this computer alone."""

from calldeck.web.app import create_app
from calldeck.web.health import AcdHealth, ConsoleHealth, Health
from calldeck.web.server import serving

__all__ = ["AcdHealth", "ConsoleHealth", "Health", "create_app", "serving"]
