"""The order in which files of tests begin."""

from __future__ import annotations

from tests.turns import FOLDERS, LONGEST, ROOT, turn_of


def test_every_file_and_folder_that_is_named_is_there() -> None:
    assert [name for name in (*LONGEST, *FOLDERS) if not (ROOT / name).exists()] == []


def test_the_longest_come_first_and_files_of_short_tests_last() -> None:
    longest, another, quick = ROOT / LONGEST[0], ROOT / "faults/test_new.py", ROOT / "test_catalogue.py"

    assert sorted([quick, another, longest], key=turn_of) == [longest, another, quick]
