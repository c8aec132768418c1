"""Commands on agents' PINs: agent set-pin, list, remove."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calldeck.access.pins import PinStore, check_new_pin
from calldeck.cli import arguments, checks
from calldeck.cli.access_commands import ask_secret, check_agent
from calldeck.config.settings import load_settings
from calldeck.errors import UsageError
from calldeck.text import translate as _

Agent = Annotated[str, typer.Argument(metavar="AGENT", help=_("The login ID of the agent."))]


def add_agent_commands(app: typer.Typer) -> None:
    """Add them."""
    group = typer.Typer(help=_("The PINs with which agents log in."), no_args_is_help=True)
    app.add_typer(group, name="agent")
    group.command("set-pin", help=_("Give an agent a PIN; you are asked for it twice."))(set_pin)
    group.command("list", help=_("List the agents who have a PIN."))(list_agents)
    group.command("remove", help=_("Take an agent's PIN away."))(remove)


def set_pin(agent: Agent, config: arguments.Config = None) -> None:
    """Set a PIN."""
    check_agent(agent)
    pin = ask_secret(_("New PIN (4 to 12 digits): "))
    check_new_pin(pin)
    if sys.stdin.isatty() and ask_secret(_("Once more: ")) != pin:
        raise UsageError(_("The two PINs are not the same. Nothing was changed."))
    _store(config).set(agent, pin)
    typer.echo(_("{agent} can log in with the new PIN.").format(agent=agent))


def list_agents(config: arguments.Config = None) -> None:
    """List them."""
    for agent in _store(config).agents():
        typer.echo(agent)


def remove(agent: Agent, config: arguments.Config = None) -> None:
    """Remove a PIN."""
    if not _store(config).remove(agent):
        raise UsageError(_("{agent} has no PIN.").format(agent=agent))
    typer.echo(_("{agent} cannot log in any more.").format(agent=agent))


def _store(config: Path | None) -> PinStore:
    return PinStore(load_settings(checks.settings_file(config)).login.pin_path)
