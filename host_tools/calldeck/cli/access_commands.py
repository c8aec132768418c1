"""Commands that speak to a running daemon: key, login, logout, reload."""

import getpass
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from calldeck.access.announce import running_daemons
from calldeck.access.key import read_key
from calldeck.access.page_link import page_link
from calldeck.access.runtime import runtime_folder
from calldeck.config.listen import parse_listen
from calldeck.errors import DaemonError, UsageError
from calldeck.text import translate as _

_PATIENCE_S = 30.0
_DONE = ("confirmed",)
_LONGEST_ID = 64

At = Annotated[
    str | None,
    typer.Option("--at", metavar="HOST:PORT", help=_("Which daemon, where several of yours run.")),
]
Desk = Annotated[
    str | None, typer.Option("--desk", metavar="ID", help=_("Which desk; else the only one."))
]
Agent = Annotated[
    str | None, typer.Argument(metavar="[AGENT]", help=_("The login ID; else you are asked."))
]
Link = Annotated[
    bool, typer.Option("--link", help=_("Print the page's link, with the key in it, instead."))
]


def add_access_commands(app: typer.Typer) -> None:
    """Add them."""
    app.command("key", help=_("Print the key of the local API on a line of its own."))(key_command)
    app.command("login", help=_("Log an agent in at the desk of the running daemon."))(login)
    app.command("logout", help=_("Log the agent out."))(logout)
    app.command("reload", help=_("Let the running daemon read its settings again."))(reload)


def key_command(at: At = None, link: Link = False) -> None:
    """Print the key, or the link."""
    key = _key()
    typer.echo(page_link(_address(at), key) if link else key)


def login(agent: Agent = None, at: At = None, desk: Desk = None) -> None:
    """Log in."""
    address = _address(at)
    if agent is None:
        agent = _typed(lambda: input(_("Login ID: "))).strip()
    check_agent(agent)
    pin = ask_secret(_("PIN: "))
    if not pin:
        raise UsageError(_("No PIN was given, so nobody was logged in."))
    body = {"agent": agent, "pin": pin}
    answer = _post(address, f"/desks/{_desk(address, desk)}/login", body)
    _finish(answer, _("{agent} is logged in.").format(agent=agent))


def logout(at: At = None, desk: Desk = None) -> None:
    """Log out."""
    address = _address(at)
    answer = _post(address, f"/desks/{_desk(address, desk)}/logout", {})
    _finish(answer, _("Logged out."))


def reload(at: At = None) -> None:
    """Read the settings again."""
    answer = _post(_address(at), "/reload", {})
    applied, later = ", ".join(answer["applied"]), ", ".join(answer["needs_restart"])
    if applied:
        typer.echo(_("Changed: {keys}").format(keys=applied))
    if later:
        typer.echo(_("Needs a restart: {keys}").format(keys=later))
    if not applied and not later:
        typer.echo(_("Nothing has changed."))


def ask_secret(prompt: str) -> str:
    """Ask for what must not be seen; from a pipe, take the next line of it."""
    return _typed(lambda: getpass.getpass(prompt)).rstrip("\r\n")


def check_agent(agent: str) -> str:
    """Give a login ID that can be one. Raises UsageError."""
    if not agent.isprintable() or not 1 <= len(agent) <= _LONGEST_ID or agent != agent.strip():
        raise UsageError(_("A login ID has 1 to 64 characters, and no spaces around them."))
    return agent


def _typed(ask: Callable[[], str]) -> str:
    """Ask at a terminal; else take the next line of the standard input."""
    try:
        return ask() if sys.stdin.isatty() else sys.stdin.readline()
    except UnicodeDecodeError:
        # Not shown, and not as the cause either: it may be a PIN.
        raise UsageError(_("What was typed is not text. Type it again.")) from None


def _key() -> str:
    key = read_key(runtime_folder())
    if key is None:
        raise DaemonError(
            _("There is no key yet: it is made when calldeck runs. Start it with: calldeck run")
        )
    return key


def _address(at: str | None) -> str:
    daemons = running_daemons(runtime_folder())
    known = ", ".join(daemon.address for daemon in daemons)
    if at is not None:
        try:
            at = str(parse_listen(at))
        except ValueError as error:
            raise UsageError(f"--at: {error}") from None
        # Only to a daemon of this user: whoever else listens there must not get the key.
        if at not in [daemon.address for daemon in daemons]:
            raise DaemonError(
                _("None of your calldecks listens on {at}; there is: {known}.").format(
                    at=at, known=known or _("none")
                )
            )
        return at
    if not daemons:
        raise DaemonError(_("No calldeck of yours is running. Start it with: calldeck run"))
    if len(daemons) > 1:
        raise DaemonError(
            _("Several calldecks of yours are running: {known}. Say which with --at.").format(
                known=known
            )
        )
    return daemons[0].address


def _desk(address: str, desk: str | None) -> str:
    from urllib.parse import quote

    if desk is None:
        desks = [one["id"] for one in _request("GET", address, "/desks")["desks"]]
        if len(desks) > 1:
            raise UsageError(
                _(
                    "This calldeck serves {count} desks, {first} among them. Say which with --desk."
                ).format(count=len(desks), first=desks[0])
            )
        desk = desks[0]
    return quote(desk, safe="")


def _post(address: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return _request("POST", address, path, body)


def _request(
    method: str, address: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    # Only these commands need it, and it takes its time.
    import httpx

    headers = {"Authorization": f"Bearer {_key()}"}
    try:
        answer = httpx.request(
            method,
            f"http://{address}/api/v1{path}",
            json=body,
            headers=headers,
            timeout=_PATIENCE_S,
            trust_env=False,
        )
        said = answer.json()
    except (httpx.HTTPError, ValueError):
        raise DaemonError(
            _("The calldeck on {address} does not answer. Look whether it still runs.").format(
                address=address
            )
        ) from None
    if answer.is_error:
        raise DaemonError(str(said.get("detail", answer.reason_phrase)))
    return dict(said)


def _finish(answer: dict[str, Any], done: str) -> None:
    if answer["outcome"] not in _DONE:
        raise DaemonError(
            _("Not done: {why}.").format(why=str(answer["text"] or answer["outcome"]).rstrip("."))
        )
    typer.echo(done)
