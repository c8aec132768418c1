"""The command line: `calldeck`."""

from calldeck.cli.loading import loading

with loading():
    from calldeck.cli.app import build_app, invoke, main
    from calldeck.cli.terminal import TerminalView

__all__ = ["TerminalView", "build_app", "invoke", "main"]
