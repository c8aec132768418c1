"""What a start loads, and when: lamps first, the page's libraries later, nothing for nothing."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.system.command import PATIENCE_S, write_config

PAGE = {"fastapi", "starlette", "uvicorn"}
NEVER = {"httpx", "schemathesis", "numpy"}
# As the command does; what it has loaded is told when it ends.
RUN = """
import json, sys
from calldeck.cli import main
try:
    main()
finally:
    print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""
# Ends by itself when the page is there; tells what was loaded when the console had answered.
WATCH = """
import json, os, signal, sys
from pathlib import Path
from calldeck.config import ListenAddress, RunOptions, load_settings
from calldeck.daemon import run

def observe(happening):
    if happening.kind == "console" or "listen on" in happening.text:
        loaded = sorted({name.partition(".")[0] for name in sys.modules})
        print(json.dumps([happening.kind, happening.text, loaded]), file=sys.stderr)
    if "listen on" in happening.text:
        os.kill(os.getpid(), signal.SIGTERM)

settings = load_settings(Path(sys.argv[1]))
listen = ListenAddress("127.0.0.1", 0)
sys.exit(run(RunOptions(settings, console=sys.argv[2], listen=listen, observer=observe)))
"""


def python(program: str, *words: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *(str(word) for word in words)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_run_without_a_page_loads_nothing_of_it(leaves_nothing_behind, tmp_path):
    words = ["run", "--config", write_config(tmp_path), "--console", "virtual", "--for", "0.2"]
    loaded = set(json.loads(python(RUN, *words, "--listen", "off").stderr.splitlines()[-1]))
    assert loaded & (PAGE | NEVER) == set()
    assert "pydantic" in loaded


def test_the_page_is_loaded_when_the_console_has_answered(leaves_nothing_behind, tmp_path):
    lines = python(WATCH, write_config(tmp_path), "virtual").stderr.splitlines()
    told = [json.loads(line) for line in lines]
    (console, page) = (next(one for one in told if one[0] == kind) for kind in ("console", "note"))
    assert "connected: serial" in console[1]
    assert set(console[2]) & PAGE == set()
    assert set(page[2]) >= PAGE
    assert set(page[2]) & NEVER == set()


def test_without_a_console_there_is_a_page(leaves_nothing_behind, tmp_path):
    done = python(WATCH, write_config(tmp_path), tmp_path / "no-port")
    assert "listen on" in done.stderr
