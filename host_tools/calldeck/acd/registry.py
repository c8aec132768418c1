"""Finding an adapter by its name."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import cast

from calldeck.acd.interface import Factory
from calldeck.errors import UsageError
from calldeck.text import translate as _

GROUP = "calldeck.acd"


def names() -> tuple[str, ...]:
    """List the installed adapters, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load(name: str) -> Factory:
    """Give the factory of the adapter called `name`.

    Raises UsageError when there is none of that name, or when it cannot be imported.
    """
    points: tuple[EntryPoint, ...] = tuple(entry_points(group=GROUP, name=name))
    if not points:
        known = ", ".join(names()) or _("none")
        raise UsageError(
            _("There is no ACD adapter named {name!r}. Installed are: {known}.").format(
                name=name, known=known
            )
        )
    try:
        return cast(Factory, points[0].load())
    except (ImportError, AttributeError) as error:
        raise UsageError(
            _(
                "The ACD adapter {name!r} ({place}) cannot be loaded: {why}. Install it again, or"
                " choose another with --acd."
            ).format(name=name, place=points[0].value, why=error)
        ) from error
