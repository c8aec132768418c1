"""Build build/calldeck-VERSION-RPI_PICO.uf2 and its sha256. `make firmware` runs this.

Usage: build_uf2.py [pico|pico2]
Environment: MICROPYTHON_DIR (a MicroPython tree with its submodules, instead of Debian's),
CALLDECK_CACHE (where sources are kept, by default build/sources), DEBIAN_MIRROR,
SOURCE_DATE_EPOCH (seconds; by default the time of the commit).
"""

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from flash_image import BOARDS, Board, Workshop, compile_image, pack
from report import BuildStopped, only_one_in, say
from sources import Sources, existing_tree, pinned_sources
from tree import make_working_copy

ROOT = Path(__file__).resolve().parents[3]
# The date in an image that was not built from a commit: 2025-01-01.
NO_COMMIT_EPOCH = 1_735_689_600


def main() -> int:
    """Build the image and return the exit status."""
    started = time.monotonic()
    try:
        target, written = build(asked_for(sys.argv[1:]))
    except BuildStopped as stopped:
        sys.stderr.write(f"firmware: {stopped}\n")
        return 1
    digest = target.with_name(target.name + ".sha256").read_text().split()[0]
    state = "built" if written else "up to date"
    say(f"{state} in {time.monotonic() - started:.1f} s: {target.relative_to(ROOT)}")
    say(f"sha256 {digest}")
    return 0


def asked_for(words: list[str]) -> Board:
    """Return the board that the command line names."""
    name = words[0] if words else "pico"
    if name not in BOARDS or len(words) > 1:
        raise BuildStopped(
            f"there is no board `{' '.join(words)}` to build for: name one of {', '.join(BOARDS)}"
        )
    return BOARDS[name]


def build(board: Board) -> tuple[Path, bool]:
    """Build what has changed; return the UF2's path and whether it was written."""
    common = ROOT / "build" / "firmware"
    own = common if board is BOARDS["pico"] else common / board.target
    shop = Workshop(board, ROOT / "firmware", common / "micropython", own)
    target = ROOT / "build" / f"calldeck-{project_version()}-{board.target}.uf2"
    own.mkdir(parents=True, exist_ok=True)
    with only_one_in(common):
        sources = find_sources()
        changed = make_working_copy(sources, shop.tree)
        image = compile_image(shop, sources, changed, commit_epoch())
        written = pack(image, shop, target)
        # An image of another version would be the one that somebody flashes by mistake.
        for stale in target.parent.glob(f"calldeck-*-{board.target}.uf2*"):
            if not stale.name.startswith(target.name):
                say(f"removing {stale.name} of another version")
                stale.unlink()
    return target, written


def find_sources() -> Sources:
    """Return the sources that the environment asks for."""
    tree = os.environ.get("MICROPYTHON_DIR", "")
    if tree:
        return existing_tree(Path(tree).resolve())
    cache = Path(os.environ.get("CALLDECK_CACHE") or ROOT / "build" / "sources").resolve()
    return pinned_sources(ROOT / "firmware/image/sources.toml", cache)


def project_version() -> str:
    """Return the version in pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version: str = tomllib.load(file)["project"]["version"]
    return version


def commit_epoch() -> int:
    """Return the time that stands for "now" in the image, in seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given:
        if not given.isdecimal():
            raise BuildStopped(f"SOURCE_DATE_EPOCH={given} is no number of seconds since 1970")
        return int(given)
    # The tree may belong to another user than the one who builds, as in a container.
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT)]
    try:
        top = subprocess.run(
            [*git, "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=True
        )
        if Path(top.stdout.strip()) == ROOT:
            time_of_commit = subprocess.run(
                [*git, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True
            )
            return int(time_of_commit.stdout)
    except (OSError, subprocess.CalledProcessError):
        pass
    say("no commit here: the image gets a constant date")
    return NO_COMMIT_EPOCH


if __name__ == "__main__":
    sys.exit(main())
