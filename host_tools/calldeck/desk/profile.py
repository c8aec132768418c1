"""Lamp profiles: what is shown for what, as data, and the checks every profile must pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

from calldeck.desk.terms import Status

OFF = "off"
STEADY = "steady"
BUILT_IN = frozenset({OFF, STEADY})
"""Patterns every console knows without being told."""

LINK_LOST: tuple[int, ...] = (1000, 1000)
"""Attention while the console has no host; the console shows it by itself."""

MAXIMUM_FLASHES_A_SECOND = 3
"""WCAG 2.3.1, here our own rule for every lamp."""
MAXIMUM_PATTERNS_ON_A_LAMP = 5
"""People tell no more apart. Dark is no pattern."""

Pattern = tuple[int, ...]


@unique
class Colour(StrEnum):
    """What the availability lamp can show; amber is red and green together."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    AMBER = "amber"


@unique
class Attention(StrEnum):
    """What the attention lamp can mean, most urgent first. Link lost is the console's own."""

    FAULT = "fault"
    REFUSED = "refused"
    MUST_ACT = "must_act"
    HELP_COMING = "help_coming"
    WISH = "wish"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StatusLight:
    """The lamps of one status."""

    colour: Colour
    availability: str
    hold: str = OFF
    hold_overdue: str = OFF


@dataclass(frozen=True, slots=True)
class Profile:
    """A lamp profile. `patterns`: on/off milliseconds by name; `off` and `steady` are built in."""

    name: str
    patterns: Mapping[str, Pattern]
    statuses: Mapping[Status, StatusLight]
    attention: Mapping[Attention, str]


PATTERNS: dict[str, Pattern] = {
    "flash": (500, 500),
    "wink": (900, 100),
    "blip": (100, 900),
    "double": (100, 100, 100, 700),
    "fast": (170, 170),
}

DEFAULT = Profile(
    name="default",
    patterns=MappingProxyType(PATTERNS),
    statuses=MappingProxyType(
        {
            Status.LOGGED_OUT: StatusLight(Colour.RED, OFF),
            Status.AVAILABLE: StatusLight(Colour.GREEN, STEADY),
            Status.RINGING: StatusLight(Colour.GREEN, "flash"),
            Status.TALKING: StatusLight(Colour.RED, "wink"),
            Status.HELD: StatusLight(Colour.RED, "wink", hold="flash", hold_overdue="fast"),
            Status.AFTER_CALL_WORK: StatusLight(Colour.AMBER, "double"),
            Status.NOT_READY: StatusLight(Colour.RED, "blip"),
        }
    ),
    attention=MappingProxyType(
        {
            Attention.FAULT: "flash",
            Attention.REFUSED: "double",
            Attention.MUST_ACT: "flash",
            Attention.HELP_COMING: STEADY,
            Attention.WISH: "blip",
            Attention.NONE: OFF,
        }
    ),
)
"""The default profile of the domain description, section 3."""


class ProfileError(ValueError):
    """A lamp profile breaks a rule; the sentence says which lamp or pattern and what to change."""


class BadPattern(ProfileError):
    """A pattern is not a list of on/off times, or has no definition."""


class FlashTooFast(ProfileError):
    """A pattern flashes more than three times in some second."""


class TooManyPatterns(ProfileError):
    """One lamp has more patterns than people tell apart."""


class LookAlike(ProfileError):
    """Two pictures of the whole console differ in colour alone, or not at all."""


def check_pattern(name: str, pattern: Pattern) -> None:
    """Raise BadPattern or FlashTooFast; each begin of light is one flash, any second counts."""
    if len(pattern) < 2 or len(pattern) % 2 or any(time <= 0 for time in pattern):
        raise BadPattern(
            f"pattern {name!r} is {list(pattern)}: give pairs of on and off times in"
            " milliseconds, each more than 0"
        )
    starts = _flash_starts(pattern)
    for start in starts:
        flashes = sum(start <= other < start + 1000 for other in starts)
        if flashes > MAXIMUM_FLASHES_A_SECOND:
            raise FlashTooFast(
                f"pattern {name!r} flashes {flashes} times within one second:"
                f" {MAXIMUM_FLASHES_A_SECOND} are allowed, make its times longer"
            )


def check_pattern_count(profile: Profile) -> None:
    """Raise TooManyPatterns."""
    lights = profile.statuses.values()
    lamps = {
        "availability": {light.availability for light in lights},
        "hold": {light.hold for light in lights} | {light.hold_overdue for light in lights},
        "attention": {*profile.attention.values(), "link lost"},
    }
    for lamp, used in lamps.items():
        used.discard(OFF)
        if len(used) > MAXIMUM_PATTERNS_ON_A_LAMP:
            raise TooManyPatterns(
                f"lamp {lamp!r} of profile {profile.name!r} uses {len(used)} patterns"
                f" ({', '.join(sorted(used))}): at most {MAXIMUM_PATTERNS_ON_A_LAMP} are told apart"
            )


def check_look_alike(profile: Profile) -> None:
    """Raise LookAlike. Patterns are compared by their times, colours are left out."""
    seen: dict[tuple[Pattern | str, ...], str] = {}
    for meaning, picture in _pictures(profile):
        if picture in seen:
            raise LookAlike(
                f"profile {profile.name!r} shows {seen[picture]!r} and {meaning!r} alike but for"
                " colour: give one of them another pattern"
            )
        seen[picture] = meaning


def check_profile(profile: Profile) -> None:
    """Raise the `ProfileError` of the first rule the profile breaks."""
    for name, pattern in profile.patterns.items():
        check_pattern(name, pattern)
    missing = [
        word for words in (Status, Attention) for word in words if word not in _rows(profile)
    ]
    if missing:
        raise BadPattern(f"profile {profile.name!r} has no row for {missing[0].value!r}: add it")
    for name in _names(profile):
        _times(profile, name)
    check_pattern_count(profile)
    check_look_alike(profile)


def _rows(profile: Profile) -> frozenset[Status | Attention]:
    return frozenset({*profile.statuses, *profile.attention})


def _names(profile: Profile) -> Iterator[str]:
    yield from profile.attention.values()
    for light in profile.statuses.values():
        yield from (light.availability, light.hold, light.hold_overdue)


def _flash_starts(pattern: Pattern) -> list[int]:
    """When light begins, in milliseconds, over one round of the pattern and the second after it."""
    starts: list[int] = []
    now = 0
    while now < sum(pattern) + 1000:
        for lit, dark in zip(pattern[::2], pattern[1::2], strict=True):
            starts.append(now)
            now += lit + dark
    return starts


def _times(profile: Profile, name: str) -> Pattern | str:
    if name in BUILT_IN:
        return name
    if name not in profile.patterns:
        raise BadPattern(f"profile {profile.name!r} uses pattern {name!r}, which is not defined")
    return profile.patterns[name]


def _pictures(profile: Profile) -> Iterator[tuple[str, tuple[Pattern | str, ...]]]:
    """Every picture of availability, hold and attention that can be shown, with its meaning."""
    off = _times(profile, OFF)
    yield "link lost", (off, off, LINK_LOST)
    yield "ACD down", (off, off, _times(profile, profile.attention[Attention.FAULT]))
    for status, light in profile.statuses.items():
        holds = [("", light.hold)]
        if status is Status.HELD:
            holds.append((" past the reminder", light.hold_overdue))
        for suffix, hold in holds:
            for attention, name in profile.attention.items():
                if attention is Attention.FAULT:
                    continue  # nothing is confirmed then: the picture is "ACD down"
                if attention is Attention.MUST_ACT and status is Status.LOGGED_OUT:
                    # No work can reach the agent, and the page says why: as with the ACD down.
                    continue
                picture = (light.availability, hold, name)
                meaning = f"{status.value}{suffix}, attention {attention.value}"
                yield meaning, tuple(_times(profile, part) for part in picture)
