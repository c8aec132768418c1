"""Commands on the press ledger: ledger check, ledger show."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from calldeck.cli import arguments, checks
from calldeck.config.settings import load_settings
from calldeck.desk import Status
from calldeck.errors import JournalError
from calldeck.journal.folders import desk_folders
from calldeck.journal.lines import FILE_NAME
from calldeck.journal.review import Part, Press, Review, StatusChange, review
from calldeck.narration import CAUSE_TEXTS, REASON_TEXTS, STATUS_TEXTS, WHY_TEXTS, told
from calldeck.text import mark, translate_plural
from calldeck.text import translate as _

Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="DIR",
        help=_("The folder of the journal, where it is not the one of the settings."),
    ),
]
Desk = Annotated[
    str | None, typer.Option("--desk", metavar="ID", help=_("Only of this desk; else of all."))
]
Last = Annotated[int, typer.Option("--last", min=1, help=_("Show so many presses."))]
LastChanges = Annotated[int, typer.Option("--last", min=1, help=_("Show so many changes."))]
Unfinished = Annotated[
    bool, typer.Option("--open", help=_("Show only the presses that have no outcome."))
]

_PLAIN_WIDTH = 160
_OUTCOME_TEXTS = {
    "confirmed": mark("confirmed"),
    "denied": mark("denied"),
    "timed_out": mark("not answered in time"),
    "unknown": mark("unknown whether carried out"),
    "refused": mark("refused"),
    "cancelled": mark("cancelled"),
    "noted": mark("noted"),
    "expired": mark("too late"),
}


def add_ledger_commands(app: typer.Typer) -> None:
    """Add them."""
    group = typer.Typer(
        help=_("The press ledger: what became of each press."), no_args_is_help=True
    )
    app.add_typer(group, name="ledger")
    group.command("check", help=_("Tell whether every line of the ledger is whole."))(check)
    group.command("show", help=_("Show the newest presses and what became of them."))(show)
    group.command("why", help=_("Show the newest changes of status, and who or what caused them."))(
        why
    )


def check(config: arguments.Config = None, folder: Folder = None, desk: Desk = None) -> None:
    """Check every line; exit code 1 where one is damaged."""
    found = _reviews(config, folder, desk)
    for one in found.values():
        for part in one.parts:
            _say_part(part)
    presses = [press for one in found.values() for press in one.presses]
    finished = sum(bool(press.outcome) for press in presses)
    counted = translate_plural("{count} press", "{count} presses", len(presses))
    typer.echo(
        _("{presses}, {finished} with an outcome").format(
            presses=counted.format(count=len(presses)), finished=finished
        )
    )
    damaged = sum(one.damaged for one in found.values())
    if damaged:
        raise JournalError(
            translate_plural(
                "{count} line of the press ledger is damaged. The presses on the other lines are "
                "all there, and calldeck goes on with them; look after the disk.",
                "{count} lines of the press ledger are damaged. The presses on the other lines "
                "are all there, and calldeck goes on with them; look after the disk.",
                damaged,
            ).format(count=damaged)
        )
    typer.echo(_("Every line is whole."))


def _say_part(part: Part) -> None:
    typer.echo(
        translate_plural("{path}: {count} line", "{path}: {count} lines", part.lines).format(
            path=part.path, count=part.lines
        )
    )
    for number in part.damaged:
        cut = part.torn and number == part.lines
        what = _("cut short: the program or the disk ended there") if cut else _("damaged")
        typer.echo(_("  line {number}: {what}").format(number=number, what=what))


def show(
    config: arguments.Config = None,
    folder: Folder = None,
    desk: Desk = None,
    last: Last = 20,
    unfinished: Unfinished = False,
) -> None:
    """Show presses, the newest last."""
    found = _reviews(config, folder, desk)
    presses = [
        (press.at_ms, name, press)
        for name, one in found.items()
        for press in one.presses
        if not (unfinished and press.outcome)
    ]
    if not presses:
        typer.echo(_("No press without an outcome.") if unfinished else _("No press yet."))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    desks = [_("Desk")] if len(found) > 1 else []
    for heading in (
        _("When"),
        *desks,
        _("Button"),
        _("Age"),
        _("Commands"),
        _("Outcome"),
        _("Why"),
    ):
        table.add_column(heading, justify="right" if heading == _("Age") else "left")
    for at_ms, name, press in sorted(presses, key=lambda item: item[0])[-last:]:
        table.add_row(_when(at_ms), *([name] if desks else []), *_row(press))
    # Into a pipe or a file each press keeps its line.
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    Console(highlight=False, width=width).print(table)


def why(
    config: arguments.Config = None,
    folder: Folder = None,
    desk: Desk = None,
    last: LastChanges = 20,
) -> None:
    """Show changes of status, the newest last."""
    found = _reviews(config, folder, desk)
    changes = [(one.at_ms, name, one) for name, ledger in found.items() for one in ledger.changes]
    if not changes:
        typer.echo(_("No change of status yet."))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    desks = [_("Desk")] if len(found) > 1 else []
    for heading in (_("When"), *desks, _("From"), _("To"), _("Cause")):
        table.add_column(heading)
    for at_ms, name, one in sorted(changes, key=lambda item: item[0])[-last:]:
        table.add_row(_when(at_ms), *([name] if desks else []), *_change_row(one))
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    Console(highlight=False, width=width).print(table)


def _change_row(change: StatusChange) -> tuple[str, ...]:
    after = _status(change.after)
    if change.reason:
        after += f" ({told(REASON_TEXTS, change.reason)})"
    cause = told(CAUSE_TEXTS, change.cause)
    if change.forced:
        cause = _("{cause}; to be acknowledged").format(cause=cause)
    return _status(change.before), after, cause


def _status(word: str) -> str:
    return _(STATUS_TEXTS[Status(word)]) if word in set(Status) else word


def _when(at_ms: int) -> str:
    # Local time: it is read next to a clock on the wall.
    when = datetime.fromtimestamp(at_ms / 1000).astimezone()
    return when.isoformat(" ", "milliseconds")[:-6]


def _row(press: Press) -> tuple[str, ...]:
    return (
        press.edge.button,
        f"{press.edge.age_ms} ms",
        " ".join(press.verbs),
        told(_OUTCOME_TEXTS, press.outcome) or _("none yet"),
        told(WHY_TEXTS, press.why) if press.why != press.outcome else "",
    )


def _reviews(config: Path | None, folder: Path | None, desk: str | None) -> dict[str, Review]:
    """Read the ledgers of the desks, by their ids."""
    place = folder or load_settings(checks.settings_file(config)).journal.path
    found = {
        name: read
        for name, path in desk_folders(place).items()
        if desk in (None, name) and (read := review(path / FILE_NAME)).parts
    }
    if not found:
        raise JournalError(
            _(
                "There is no press ledger of {desk} in {folder}. Name the folder of another "
                "journal with --folder; a demonstration keeps its own in a folder below this one."
            ).format(desk=desk or _("any desk"), folder=place)
        )
    return found
