"""Checking what `calldeck run` was asked for, before any console is sought.

Each check raises UsageError with one sentence: which option, what was given, what is allowed.
"""

import math
import os
import platform
import tempfile
from pathlib import Path

from calldeck.config.console_name import (
    AUTO,
    SOFTWARE_KINDS,
    check_console_name,
    names_one_console,
)
from calldeck.config.listen import ListenAddress, parse_listen
from calldeck.config.script import AcdStep, Script
from calldeck.config.settings import Settings, user_settings_file
from calldeck.errors import UsageError
from calldeck.text import translate as _

NOWHERE = "off"
_FASTEST = 1000.0
_LONGEST_S = 366 * 24 * 3600.0


def check_console(console: str) -> str:
    """A known kind of console, or something that can be a serial port."""
    try:
        return check_console_name(console)
    except ValueError as error:
        raise UsageError(f"--console {console!r}: {error}") from None


def check_shared_console(console: str, settings: Settings) -> str:
    """One console for at most one desk: two would take it from each other for ever."""
    sharing = [desk.id for desk in settings.desks if (desk.console or console) == console]
    one = names_one_console(console) or console == AUTO
    if one and len(sharing) > 1:
        raise UsageError(
            _(
                "--console {console} finds one console, and the desks {desks} would share it. "
                'Give each its own: console = "serial:NUMBER", or its port, under its [[desks]] '
                "in the file given by --config."
            ).format(console=console, desks=", ".join(sharing))
        )
    return console


def settings_file(given: Path | None) -> Path | None:
    """The file of `--config`, else the user's own where there is one."""
    if given is not None:
        return given
    own = user_settings_file()
    try:
        return own if own.is_file() else None
    except OSError:
        return None  # the folder is not this user's: nothing in it is meant for this run


def has_screen() -> bool:
    """Tell whether a browser could show anything: else a text browser would take this terminal."""
    if platform.system() in ("Windows", "Darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def check_above_zero(option: str, value: float, highest: float) -> float:
    """A number greater than 0 and not beyond reason."""
    if math.isfinite(value) and 0 < value <= highest:
        return value
    raise UsageError(
        _("{option} {value:g} must be a number greater than 0 and at most {highest:.0f}.").format(
            option=option, value=value, highest=highest
        )
    )


def check_speed(value: float) -> float:
    """Times real time."""
    return check_above_zero("--speed", value, _FASTEST)


def check_for(value: float | None) -> float | None:
    """Seconds, or None for a run without an end."""
    return value if value is None else check_above_zero("--for", value, _LONGEST_S)


def check_seed(value: int) -> int:
    """Any whole number that is not negative."""
    if value >= 0:
        return value
    raise UsageError(
        _("--seed {value} must be a whole number that is not negative.").format(value=value)
    )


def check_script(
    script: Script | None, path: Path | None, console: str, settings: Settings
) -> Script | None:
    """Check what no console or ACD could play: presses without a finger, an unknown queue."""
    if script is None:
        return None
    if script.presses and (settings.desk.console or console) not in SOFTWARE_KINDS:
        raise UsageError(
            _(
                "--script {path} presses buttons, and no program can press those of a console "
                "reached with --console {console}. Add --console demo, virtual or emulated, or "
                "take the presses out of the script."
            ).format(path=path, console=console)
        )
    queues = [settings.acd.simulated.queue]
    queues += [queue for desk in settings.desks for queue in desk.queues]
    for number, step in enumerate(script.steps, start=1):
        queue = step.arguments.get("queue", "") if isinstance(step, AcdStep) else ""
        if queue and queue not in queues:
            raise UsageError(
                _(
                    "--script {path}: step {number}: there is no queue {queue!r}. There is "
                    "{known} ([acd.simulated] queue and the queues of the [[desks]] in the "
                    "file given by --config)."
                ).format(path=path, number=number, queue=queue, known=", ".join(queues))
            )
    return script


def check_summary(path: Path | None) -> Path | None:
    """A file that can be written at the end: found out now, not after an hour's run."""
    if path is None:
        return None
    try:
        if path.exists():
            with path.open("ab"):
                return path
        descriptor, trial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(descriptor)
        Path(trial).unlink()
    except FileNotFoundError:
        reason = _("the folder {folder} does not exist. Make it first.").format(folder=path.parent)
    except IsADirectoryError:
        reason = _("it is a folder. Name a file in it.")
    except NotADirectoryError:
        reason = _("{folder} is not a folder.").format(folder=path.parent)
    except PermissionError:
        reason = _("you have no permission to write it. Choose another place.")
    except OSError as error:
        reason = _("it cannot be written: {error}.").format(error=error.strerror)
    else:
        return path
    raise UsageError(f"--summary {path}: {reason}")


def check_listen(text: str | None, settings: Settings) -> ListenAddress | None:
    """The address of `--listen`, else of `[web] listen`; None for nowhere."""
    if text == NOWHERE:
        return None
    if text is None:
        return parse_listen(settings.web.listen) if settings.web.listen else None
    try:
        return parse_listen(text)
    except ValueError as error:
        raise UsageError(f"--listen: {error}") from None
