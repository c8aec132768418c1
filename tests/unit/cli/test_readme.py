"""The README's tables of errors and exit codes are those of the program."""

import ast
import re
import signal
from pathlib import Path

from calldeck import errors
from calldeck.cli.app import EXIT_INTERRUPTED
from calldeck.errors import CalldeckError, ConsoleError

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text("utf-8")
CATALOGUE = ROOT / "host_tools" / "calldeck" / "locale" / "calldeck.pot"


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    section = README.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def texts() -> list[str]:
    """Return all texts of the program, as they stand in the catalogue."""
    found = re.findall(r'^msgid ((?:".*"\n)+)', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    return [ast.literal_eval(f"({text})") for text in found]


def test_the_errors_that_the_readme_explains_are_what_the_program_says() -> None:
    said = texts()
    quoted = [
        words
        for row in rows("## When the console does not come up")
        for words in re.findall(r"`([^`]+)`", row[0])
    ]
    assert len(quoted) > 12
    missing = [words for words in quoted if not any(words in text for text in said)]
    assert missing == []


def raised(kind: str, tree: ast.AST) -> set[str]:
    """Return the texts with which errors of a class are made."""
    return {
        node.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == kind
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    }


def test_each_kind_of_error_about_the_console_is_explained() -> None:
    quoted = [
        words
        for row in rows("## When the console does not come up")
        for words in re.findall(r"`([^`]+)`", row[0])
    ]
    link = ast.Module(
        [
            statement
            for path in sorted((ROOT / "host_tools" / "calldeck" / "link").glob("*.py"))
            for statement in ast.parse(path.read_text("utf-8")).body
        ],
        [],
    )
    kinds = [
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, ConsoleError) and kind is not ConsoleError
    ]
    unexplained = [
        kind
        for kind in kinds
        if (made := raised(kind, link)) and not any(q in text for q in quoted for text in made)
    ]
    assert unexplained == []


def test_the_exit_codes_of_the_readme_are_those_of_the_errors_and_signals() -> None:
    codes = {int(row[0]) for row in rows("### Exit codes")}
    kinds = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, CalldeckError)
    }
    assert codes == {0, *kinds, 128 + signal.SIGHUP, EXIT_INTERRUPTED}
    assert EXIT_INTERRUPTED == 128 + signal.SIGINT
