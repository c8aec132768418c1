"""Reading the settings again while the desk works: what can change does, the rest is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from calldeck.config.changes import changes, merged
from calldeck.config.settings import Settings, load_settings
from calldeck.errors import CalldeckError, UsageError
from calldeck.narration import Narrator
from calldeck.text import translate as _
from calldeck.web.interface import NotPossible
from calldeck.web.models import Reloaded


class Reloader:
    """Applies what has changed in the settings file.

    path: the file; None where the run was started without one. settings: as they were read at the
    start. users: take the settings that hold from now on.
    """

    def __init__(self, path: Path | None, settings: Settings, narrator: Narrator) -> None:
        self.users: list[Callable[[Settings], None]] = []
        self._path = path
        self._settings = settings
        self._narrator = narrator

    def reload(self) -> Reloaded:
        """Read the file and apply what can change now. Raises NotPossible; then nothing changes."""
        if self._path is None:
            raise NotPossible(
                409,
                "no_settings_file",
                _(
                    "This run was started without a settings file, so there is nothing to read "
                    "again. Start it with --config FILE."
                ),
            )
        try:
            new = load_settings(self._path)
        except UsageError as error:
            raise NotPossible(409, "settings_wrong", str(error)) from None
        applied, needs_restart = changes(self._settings, new)
        if applied:
            self._settings = merged(self._settings, new, applied)
            for use in self.users:
                use(self._settings)
        self._say(applied, needs_restart)
        return Reloaded(applied=applied, needs_restart=needs_restart)

    def on_signal(self) -> None:
        """Do the same because the system says so, and tell on the terminal what is wrong."""
        try:
            self.reload()
        except NotPossible as error:
            self._narrator.problem(CalldeckError(error.sentence))

    def _say(self, applied: tuple[str, ...], needs_restart: tuple[str, ...]) -> None:
        if applied:
            text = _("settings changed: {keys}").format(keys=", ".join(applied))
        else:
            text = _("the settings were read again; nothing can change now")
        later = ""
        if needs_restart:
            later = _("after a restart: {keys}").format(keys=", ".join(needs_restart))
        self._narrator.say("note", text, later)
