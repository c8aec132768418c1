"""Where each desk's journal stands in the journal folder: a folder of its own for each."""

from pathlib import Path

from calldeck.journal.lines import FILE_NAME, parts

DESKS = "desks"


def desk_folder(journal: Path, desk: str) -> Path:
    """Return the folder of a desk, whether it exists yet or not."""
    return journal / DESKS / desk


def desk_folders(folder: Path) -> dict[str, Path]:
    """Return the folders of the desks in a journal, by the desks' ids, sorted.

    A folder without desks that holds a ledger itself is that of one desk. (One with desks may hold
    what a CallDeck of before them has left: nobody writes there any more.)
    """
    try:
        found = sorted(path for path in (folder / DESKS).iterdir() if path.is_dir())
    except OSError:
        found = []
    if not found and parts(folder / FILE_NAME):
        return {folder.name: folder}
    return {path.name: path for path in found}
