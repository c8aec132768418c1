"""Finding an adapter by its name."""

from __future__ import annotations

import contextlib
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from typing import cast

from calldeck.acd.interface import Factory
from calldeck.errors import UsageError
from calldeck.text import translate as _

GROUP = "calldeck.acd"
_OURS = "calldeck"


def names() -> tuple[str, ...]:
    """List the installed adapters, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load(name: str) -> Factory:
    """Give the factory of the adapter called `name`.

    Raises UsageError when there is none of that name, or when it cannot be imported.
    """
    point = _find(name)
    if point is None:
        known = ", ".join(names()) or _("none")
        raise UsageError(
            _("There is no ACD adapter named {name!r}. Installed are: {known}.").format(
                name=name, known=known
            )
        )
    try:
        return cast(Factory, point.load())
    except (ImportError, AttributeError) as error:
        raise UsageError(
            _(
                "The ACD adapter {name!r} ({place}) cannot be loaded: {why}. Install it again, or"
                " choose another with --acd."
            ).format(name=name, place=point.value, why=error)
        ) from error


def _find(name: str) -> EntryPoint | None:
    """Return where the adapter is: one of our own, else another's.

    Ours are looked for first, as a start is held up by reading what every installed package has.
    """
    with contextlib.suppress(PackageNotFoundError):
        for point in distribution(_OURS).entry_points.select(group=GROUP, name=name):
            return point
    return next(iter(entry_points(group=GROUP, name=name)), None)
