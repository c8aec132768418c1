"""A journal folder belongs to one daemon at a time; demonstrations keep out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from calldeck.errors import JournalError
from calldeck.journal.claim import claimed, claimed_for_demonstration


def test_a_second_claim_is_refused_until_the_first_is_given_back(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with claimed(folder) as mine:
        assert mine == folder
        with (
            pytest.raises(JournalError, match="Another calldeck is using the journal"),
            claimed(folder),
        ):
            pass
    with claimed(folder):
        pass


def test_demonstrations_side_by_side_have_folders_of_their_own(tmp_path: Path) -> None:
    with claimed_for_demonstration(tmp_path) as one, claimed_for_demonstration(tmp_path) as two:
        assert one != two
        assert tmp_path not in (one, two)
    with claimed_for_demonstration(tmp_path) as again:
        assert again == one


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    with pytest.raises(JournalError, match="cannot be written"), claimed(obstacle / "journal"):
        pass


def test_an_error_of_the_body_passes_and_gives_the_folder_back(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="mine"), claimed_for_demonstration(tmp_path):
        raise RuntimeError("mine")
    with claimed_for_demonstration(tmp_path) as folder:
        assert folder.name == "demonstration-1"
