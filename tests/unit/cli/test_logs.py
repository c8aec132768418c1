import io
import logging

import pytest
import structlog

from calldeck.cli.logs import Level, configure_logs


@pytest.fixture
def log():
    """Give a stream that the log goes to, and put the logging of the tests back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs(Level.INFO, stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_both_loggings_come_out_alike_and_without_colours(log):
    structlog.get_logger("link").warning("port lost", port="/dev/ttyACM0")
    logging.getLogger("asyncio").warning("slow callback: %s ms", 120)
    ours, theirs = log.getvalue().splitlines()
    assert "[warning  ] port lost" in ours
    assert "port=/dev/ttyACM0" in ours
    assert "[warning  ] slow callback: 120 ms" in theirs
    assert "\x1b" not in log.getvalue()


def test_what_is_less_urgent_than_the_level_is_not_logged(log):
    structlog.get_logger().debug("quiet")
    logging.getLogger("x").debug("quiet")
    structlog.get_logger().info("loud")
    assert "quiet" not in log.getvalue()
    assert "loud" in log.getvalue()


@pytest.mark.parametrize("name", ["caller", "caller_number", "password", "secret", "Authorization"])
def test_secrets_are_not_logged_whatever_they_hold(log, name):
    structlog.get_logger().warning("event", **{name: "hunter2"})
    logging.getLogger("x").warning("event", extra={name: "hunter2"})
    assert "hunter2" not in log.getvalue()
    assert log.getvalue().count("(not logged)") == 2


@pytest.mark.parametrize("text", ["+44 1632 960 101", "+441632960101", "sip:441632960101@host"])
def test_numbers_of_callers_are_not_logged(log, text):
    structlog.get_logger().warning("call", by=text)
    logging.getLogger("x").warning("call by %s", text)
    assert text.removeprefix("sip:").removesuffix("@host") not in log.getvalue()
    assert log.getvalue().count("(number)") == 2


def test_other_numbers_are_logged(log):
    structlog.get_logger().warning(
        "wire", until=1073741823, serial="E6614103E7234567", at="127.0.0.1:87"
    )
    for text in ("1073741823", "E6614103E7234567", "127.0.0.1:87"):
        assert text in log.getvalue()
