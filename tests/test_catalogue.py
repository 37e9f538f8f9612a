"""The English catalogue: everything that people read is in it, translated, with the same parameters."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from server.i18n import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "server" / "locales"
PYTHON_FOLDERS = ("server", "handlers")
MARKERS = {"_", "N_", "say", "translate"}
CALL = re.compile(r"""\bN?_\(\s*("(?:[^"\\]|\\.)*")""")
CALL_OF_ANYTHING = re.compile(r"\bN?_\(\s*([^\s)])")
PLACE = re.compile(r"%\((\w+)\)[sd]")
HAN = re.compile(r"[\u4e00-\u9fff]")
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*|\{#.*?#\}|<!--.*?-->", re.DOTALL)


def _page_sources() -> Iterator[Path]:
    yield from (ROOT / "templates").rglob("*.html")
    yield from (ROOT / "templates").rglob("*.art")
    yield from (ROOT / "static" / "js").rglob("*.js")


def _python_messages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        first = node.args[0]
        if name not in MARKERS or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            continue
        if HAN.search(first.value):
            yield first.value


def _messages() -> dict[str, set[str]]:
    """Each msgid with the files that name it."""
    found: dict[str, set[str]] = {}
    for folder in PYTHON_FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for message in _python_messages(path):
                found.setdefault(message, set()).add(str(path.relative_to(ROOT)))
    for path in _page_sources():
        for quoted in CALL.findall(path.read_text(encoding="utf-8")):
            found.setdefault(json.loads(quoted), set()).add(str(path.relative_to(ROOT)))
    return found


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    with (LOCALES / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="en") if message.id}


def test_every_sentence_has_an_english_translation(english: dict[str, str]) -> None:
    missing = {message: files for message, files in _messages().items() if not english.get(message)}

    assert not missing


def test_the_catalogue_holds_no_sentence_that_nothing_says(english: dict[str, str]) -> None:
    obsolete = set(english) - set(_messages())

    assert not obsolete


def test_translations_have_the_parameters_of_their_sentence(english: dict[str, str]) -> None:
    different = {
        message: translation
        for message, translation in english.items()
        if set(PLACE.findall(message)) != set(PLACE.findall(translation))
        or PLACE.sub("", message + translation).count("%") != 0
    }

    assert not different


def test_english_has_no_chinese_left(english: dict[str, str]) -> None:
    left = {message: text for message, text in english.items() if HAN.search(text)}

    assert not left


def test_the_catalogue_has_no_fuzzy_or_double_entries() -> None:
    text = (LOCALES / "en" / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")

    ids = re.findall(r"^msgid (.+)$", text, re.MULTILINE)

    assert "fuzzy" not in text
    assert len(ids) == len(set(ids))


def test_the_product_reads_what_the_catalogue_says(english: dict[str, str]) -> None:
    catalogue = Catalogue.load(LOCALES)

    assert {message: catalogue.translate("en", message) for message in english} == english


@pytest.mark.parametrize("path", sorted(_page_sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_say_chinese_only_through_the_catalogue(path: Path) -> None:
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))

    bare = [line.strip() for line in CALL.sub("", text).splitlines() if HAN.search(line)]

    assert [line for line in bare if '"中文"' not in line] == []


@pytest.mark.parametrize("path", sorted(_page_sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_ask_for_translations_of_literal_sentences(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    firsts = [first for first in CALL_OF_ANYTHING.findall(text) if first != '"']

    assert [first for first in firsts if path.name != "i18n.js"] == []
