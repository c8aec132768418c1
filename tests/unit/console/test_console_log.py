"""The console's log: `logging` in front, bounded LOG messages behind."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck_console.console_log import MAX_TEXT, LinkHandler
from calldeck_console.link import NOTICES, Identity, Link
from calldeck_wire import messages
from calldeck_wire.frames import decode_frame


def said(link: Link) -> list[tuple[int, str]]:
    """Return what has been logged, as it comes out of the frames it leaves in."""
    found = []
    for message, values, tail in link.notices:
        payload = decode_frame(link.frame(message, values, tail).removesuffix(b"\x00"))
        assert payload is not None
        level = messages.decode(messages.LOG, payload)
        assert level is not None
        found.append((level[0], messages.tail_of(messages.LOG, payload).decode()))
    return found


@pytest.fixture
def link() -> Link:
    return Link(Identity())


def log_of(link: Link) -> logging.Logger:
    log = logging.getLogger("console of a test")
    log.setLevel(logging.INFO)
    log.handlers = [LinkHandler(link)]
    return log


def test_a_line_leaves_with_its_level(link: Link) -> None:
    log_of(link).warning("lost %d of %s", 3, "presses")
    log_of(link).error("restarted after an error")
    assert said(link) == [(30, "lost 3 of presses"), (40, "restarted after an error")]


def test_the_oldest_lines_give_way_and_are_counted(link: Link) -> None:
    for number in range(NOTICES + 3):
        log_of(link).info("line %d", number)
    assert [text for _level, text in said(link)] == [f"line {n}" for n in range(3, NOTICES + 3)]
    assert link.unsaid == 3


@given(text=st.text(max_size=200))
def test_whatever_is_logged_fits_a_frame_and_is_text(text: str) -> None:
    link = Link(Identity())
    log_of(link).info("%s", text)
    [(_level, told)] = said(link)
    assert text.startswith(told)
    assert told == text or len(told.encode()) > MAX_TEXT - 4


def test_a_level_of_ones_own_stays_a_byte(link: Link) -> None:
    log_of(link).log(1_000, "loud")
    assert said(link) == [(255, "loud")]
