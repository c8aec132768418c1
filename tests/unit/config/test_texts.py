import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from calldeck.text import CATALOGUES

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "host_tools" / "calldeck"
TEXTS_OF = {"_": 1, "mark": 1, "translate": 1, "translate_plural": 2}


def test_the_template_holds_every_text():
    checked = subprocess.run(
        [sys.executable, ROOT / "host_tools" / "extract_texts.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_no_text_is_put_together_before_it_is_translated():
    """A catalogue holds whole sentences: no f-string, no sum, nothing already filled in."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and any(
            isinstance(text, ast.JoinedStr | ast.BinOp | ast.Call)
            for text in call.args[: TEXTS_OF.get(call.func.id, 0)]
        )
    ]
    assert not found, f"translate first, then fill in: {found}"


def run_in(language: str, code: str) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "LANGUAGE": language},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_an_unknown_language_shows_the_english_text():
    code = "from calldeck.text import translate as _; print(_('press'))"
    assert run_in("tlh", code) == "press"


def test_the_language_of_the_environment_is_used(tmp_path):
    from babel.messages.mofile import write_mo

    with (CATALOGUES / "calldeck.pot").open("rb") as template:
        catalog = read_po(template, locale="de", domain="calldeck")
    catalog["press"].string = "Druck"
    catalog.fuzzy = False
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "calldeck.mo").open("wb") as out:
        write_mo(out, catalog)
    code = (
        "import pathlib, calldeck.text as text; "
        f"text.CATALOGUES = pathlib.Path({str(tmp_path)!r}); "
        "print(text.translate('press'), text.translate('calls'), "
        "text.translate_plural('{count} line', '{count} lines', 2))"
    )
    assert run_in("de", code) == "Druck calls {count} lines"
    assert run_in("pt", code) == "press calls {count} lines"


@pytest.mark.parametrize("value", ["", "C", "en_GB.UTF-8"])
def test_no_language_is_english(value):
    code = "from calldeck.text import translate as _; print(_('press'))"
    assert run_in(value, code) == "press"
