import io
import os
import threading

from hypothesis import given
from hypothesis import strategies as st

from calldeck.cli.terminal import KINDS, TerminalView, line
from calldeck.config import Happening


def shown(*happenings: Happening) -> str:
    """Show happenings to a file, as through a pipe."""
    stream = io.StringIO()
    with TerminalView(stream) as view:
        for happening in happenings:
            view.show(happening)
    return stream.getvalue()


def test_a_line_has_its_time_its_kind_and_its_text():
    assert shown(Happening(0.0, "calls", "1 waiting")) == "     0.0 s  calls     1 waiting\n"
    assert shown(Happening(12.345, "press", "STATUS", "console")) == (
        "    12.3 s  press     STATUS  (console)\n"
    )


def test_a_kind_nobody_named_is_shown_as_it_is():
    assert shown(Happening(1, "weather", "rain")) == "     1.0 s  weather   rain\n"


def test_lines_are_not_wrapped_and_hold_no_control_codes():
    text = shown(*(Happening(1, kind, "word " * 100, "why") for kind in KINDS))
    lines = text.splitlines()
    assert len(lines) == len(KINDS)
    assert all(sign == "\n" or sign.isprintable() for sign in text)


@given(st.text(), st.text(), st.text())
def test_nothing_from_outside_steers_the_terminal(kind, text, detail):
    written = shown(Happening(1, kind, text, detail))
    assert written.count("\n") == 1
    assert written.endswith("\n")
    assert written.rstrip("\n").isprintable() or written == "\n"


def test_markup_in_a_name_is_only_text():
    assert "[red]Ana[/red]" in shown(Happening(1, "note", "[red]Ana[/red]"))


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    leader, follower = os.openpty()
    with os.fdopen(follower, "w") as stream, TerminalView(stream) as view:
        view.show(Happening(1, "problem", "no console"))
    assert os.read(leader, 1000) == b"     1.0 s  problem   no console\r\n"
    os.close(leader)


def test_a_terminal_with_colours_gets_colours_and_no_cursor_movement(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    leader, follower = os.openpty()
    with os.fdopen(follower, "w") as stream, TerminalView(stream) as view:
        view.show(Happening(1, "problem", "no console"))
    written = os.read(leader, 1000)
    os.close(leader)
    assert b"\x1b[1;31mproblem" in written
    assert written.count(b"\x1b") == written.count(b"\x1b[1;31m") + written.count(b"\x1b[0m")


def test_a_reader_that_has_gone_does_not_disturb_the_run(leaves_nothing_behind):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream, TerminalView(stream) as view:
        for number in range(100):
            view.show(Happening(number, "note", "nobody reads this"))


def test_a_terminal_that_is_not_read_never_blocks_and_is_told_what_it_missed():
    reader, writer = os.pipe()
    lines = 3000  # more than the pipe (64 kB) and the backlog hold
    received: list[bytes] = []

    def read() -> None:
        with os.fdopen(reader, "rb") as pipe:
            received.extend(pipe)

    with os.fdopen(writer, "w") as stream, TerminalView(stream, backlog_lines=100) as view:
        for number in range(lines):
            view.show(Happening(number, "note", "x" * 100))
        # Every call returned although nobody has read a byte yet.
        thread = threading.Thread(target=read)
        thread.start()
        while not any(b"not shown" in text for text in received):
            view.show(Happening(lines, "note", "after"))
            thread.join(0.01)
    thread.join()
    numbers = [float(text.split()[0]) for text in received]
    assert numbers == sorted(numbers)
    assert len(received) < lines


def test_a_line_is_composed_without_a_terminal():
    assert line(Happening(1, "note", "x")).plain == "     1.0 s  note      x"


def test_every_kind_fits_its_column():
    assert all(len(label) <= 8 for label, _style in KINDS.values())


def test_the_pages_link_stands_alone_on_its_line():
    stream = io.StringIO()
    link = "http://127.0.0.1:8730/#key=" + "x" * 200
    with TerminalView(stream) as view:
        view.show_link(link)
    assert [one for one in stream.getvalue().splitlines() if one] == [f"  The page: {link}"]
