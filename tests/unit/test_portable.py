"""`calldeck run` imports nothing that only POSIX has: it runs on Windows too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "host_tools" / "calldeck"
ONLY_POSIX = {
    "crypt", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource", "spwd",
    "syslog", "termios", "tty",
}  # fmt: skip


def imported_at_once(tree: ast.Module) -> Iterator[str]:
    """Give the modules that a file imports as soon as it is imported itself."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)


def test_no_room_imports_what_only_posix_has() -> None:
    files = list(ROOT.rglob("*.py"))
    assert len(files) > 50
    found = {
        str(path.relative_to(ROOT)): sorted(names)
        for path in files
        if (names := ONLY_POSIX & set(imported_at_once(ast.parse(path.read_text("utf-8")))))
    }
    assert found == {}
