"""The command `frames`: what passed between the program and the console before a fault."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from calldeck.cli import arguments, checks
from calldeck.config.settings import load_settings
from calldeck.errors import UsageError
from calldeck.journal.folders import desk_folders
from calldeck.text import translate as _

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help=_("A file that ends in .frames. Without it, that of the newest fault."),
    ),
]

_RING = 1 << 32


def add_frames_command(app: typer.Typer) -> None:
    """Add it."""
    app.command(
        "frames", help=_("Show what passed between this computer and the console before a fault.")
    )(frames)


def frames(file: File = None, config: arguments.Config = None) -> None:
    """Show the frames of a fault, the newest last, with their time before the newest."""
    # The protocol's room is imported only when it is needed: `--help` is answered at once.
    from calldeck.link.flight import TO_CONSOLE
    from calldeck.link.frame_file import in_words, read_frames

    path = file or _newest(config)
    recording = read_frames(path)
    when = datetime.fromtimestamp(recording.at_ms / 1000).astimezone()
    typer.echo(f"{path}\n{when.isoformat(' ', 'milliseconds')[:-6]}  {recording.why}")
    if recording.console:
        typer.echo(_("the console itself, before it was restarted; milliseconds before its end"))
        # As it came: what an error of the program says is anybody's text.
        sys.stdout.write("".join(f"{line}\n" for line in recording.console))
    typer.echo(_("> to the console, < from the console; milliseconds before the newest frame"))
    last_ms = recording.frames[-1].ms if recording.frames else 0
    for frame in recording.frames:
        name, words = in_words(frame.payload)
        sign = ">" if frame.direction == TO_CONSOLE else "<"
        sys.stdout.write(f"{-((last_ms - frame.ms) % _RING):>9} {sign} {name:<18} {words}\n")


def _newest(config: Path | None) -> Path:
    from calldeck.link.frame_file import FOLDER_NAME, frame_files

    folder = load_settings(checks.settings_file(config)).journal.path
    found = [
        path for desk in desk_folders(folder).values() for path in frame_files(desk / FOLDER_NAME)
    ]
    if not found:
        raise UsageError(
            _(
                "No fault of the link is on record in {folder}. Name a file; a demonstration keeps "
                "its own in a folder below this one."
            ).format(folder=folder)
        )
    # Their names are their times.
    return max(found, key=lambda path: path.name)
