"""How `q` finds Chinese: a house's text as pairs of neighbouring characters, and a question as terms of them.

MariaDB's full text search splits at spaces, which Chinese does not have. A pair is short enough to index and long
enough to be rare; that the pairs stand together is checked on the text itself.
"""

from __future__ import annotations

import unicodedata

TEXT_LENGTH = 256
TERMS = 5
SEPARATOR = "\n"


def plain(text: str) -> str:
    """The text as it is compared: compatibility forms unified, case folded, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def search_text(title: str, address: str) -> str:
    """What `q` looks through, at most TEXT_LENGTH characters; a term never spans title and address."""
    return f"{plain(title)}{SEPARATOR}{plain(address)}"[:TEXT_LENGTH]


def words_of(text: str) -> set[str]:
    """The index entries of a `search_text`: every pair, and the last character of each part alone.

    So each character begins an entry, and a term of one character is found by its prefix.
    """
    return {word for part in text.split(SEPARATOR) for word in (*pairs(part), part[-1:]) if word}


def pairs(part: str) -> set[str]:
    """The pairs of neighbouring characters."""
    return {part[start : start + 2] for start in range(len(part) - 1)}


def terms(question: str) -> tuple[str, ...]:
    """What a question asks for: all of these must occur. Sorted and without doubles, so that equal is equal."""
    found = {plain(term) for term in question.split()}
    return tuple(sorted(term for term in found if term)[:TERMS])
