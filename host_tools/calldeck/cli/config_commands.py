"""Commands on the settings file: config init, check, show."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from calldeck.cli import arguments, checks
from calldeck.config.complaint import MASK
from calldeck.config.settings import Settings, Table, load_settings, user_settings_file
from calldeck.errors import UsageError
from calldeck.text import translate as _

TEMPLATE = Path(__file__).parents[1] / "config" / "settings.toml"

File = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help=_("The file; else the one in your settings folder.")),
]


def add_config_commands(app: typer.Typer) -> None:
    """Add them."""
    group = typer.Typer(help=_("The settings of this desk."), no_args_is_help=True)
    app.add_typer(group, name="config")
    group.command("init", help=_("Write a settings file with every default, explained."))(init)
    group.command("check", help=_("Say what is wrong with a settings file."))(check)
    group.command("show", help=_("Print the settings that hold; secrets are masked."))(show)


def init(file: File = None) -> None:
    """Write the file."""
    path = file or user_settings_file()
    text = TEMPLATE.read_text(encoding="utf-8")
    try:
        if file is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        # For its owner alone from the start: secrets may be written into it later.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            _("{path} is there already and was not touched. Name another file.").format(path=path)
        ) from None
    except OSError as error:
        raise UsageError(
            _("{path} cannot be written: {why}.").format(path=path, why=error.strerror)
        ) from None
    with open(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    typer.echo(_("Written: {path}. Change what you need, then: calldeck run").format(path=path))


def check(file: File = None) -> None:
    """Check the file."""
    path = file or checks.settings_file(None)
    if path is None:
        raise UsageError(
            _("There is no {path}; every setting has its default.").format(
                path=user_settings_file()
            )
        )
    load_settings(path)
    typer.echo(_("{path}: nothing is wrong with it.").format(path=path))


def show(config: arguments.Config = None) -> None:
    """Show what holds."""
    settings = load_settings(checks.settings_file(config))
    typer.echo("\n".join(_lines(settings)).strip())


def _lines(table: Settings | Table, name: str = "") -> list[str]:
    """Write a table the way a settings file does: its own keys first, then the tables in it."""
    keys, tables = [], []
    for field in type(table).model_fields:
        value = getattr(table, field)
        inner = f"{name}.{field}" if name else field
        if isinstance(value, Table):
            below = _lines(value, inner)
            tables += [*(["", f"[{inner}]"] if _has_keys(value) else []), *below]
        elif isinstance(value, tuple) and any(isinstance(item, Table) for item in value):
            for item in value:
                tables += ["", f"[[{inner}]]", *_lines(item, inner)]
        else:
            keys.append(f"{field} = {_value(value)}")
    return keys + tables


def _has_keys(table: Table) -> bool:
    return any(not isinstance(getattr(table, name), Table) for name in type(table).model_fields)


def _value(value: object) -> str:
    """Write a value in TOML; of text, numbers and lists, JSON is a part of it."""
    if isinstance(value, SecretStr):
        return f'"{MASK}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    # But for one character, which JSON may leave as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
