"""What `q` finds: every piece of a title or an address, in any width and case, and nothing across the two."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from server.search.words import SEPARATOR, TERMS, TEXT_LENGTH, pairs, plain, search_text, terms, words_of

# What people write, what LIKE and SQL read in their own way, wide forms, spaces, and the rest of Unicode.
CHARACTERS = st.one_of(
    st.sampled_from("后海北沿的四合院朝阳区１２号ABCabcＡＢｃß İΣς%_\\'\"`;-*?[]()ｶﾞ㍿…。，·\u3000 😀"),
    st.characters(exclude_categories=["Cs"]),
)
TEXTS = st.text(CHARACTERS, min_size=1, max_size=64)


@given(title=TEXTS, address=TEXTS, piece=st.data())
@example(title="100%纯棉_床品\\'", address="A座 3 层", piece=None)
def test_every_piece_of_a_title_or_an_address_is_found(
    title: str, address: str, piece: st.DataObject | None
) -> None:
    text = search_text(title, address)
    assume(len(plain(title)) + len(plain(address)) < TEXT_LENGTH)  # the rest is cut off
    for part in (title, address):
        for start, end in _pieces(part, piece):
            # Normalization may join neighbours (か + ゛): such a piece is not written in the text.
            if plain(part) == plain(part[:start]) + plain(part[start:end]) + plain(part[end:]):
                asked = terms(part[start:end])
                assert all(_matches(term, text) for term in asked)


@given(title=TEXTS, address=TEXTS, question=TEXTS)
def test_the_index_never_hides_what_the_text_has(title: str, address: str, question: str) -> None:
    text = search_text(title, address)

    for term in terms(question):
        if term in text:
            assert _matches(term, text)


@given(title=TEXTS, address=TEXTS)
def test_a_text_fits_its_column_and_has_one_seam(title: str, address: str) -> None:
    text = search_text(title, address)

    assert len(text) <= TEXT_LENGTH
    assert text.count(SEPARATOR) <= 1
    assert all(1 <= len(word) <= 2 and SEPARATOR not in word for word in words_of(text))


@given(title=TEXTS, address=TEXTS)
def test_no_term_spans_title_and_address(title: str, address: str) -> None:
    text = search_text(title, address)

    seam = (plain(title)[-1:] + plain(address)[:1])[:2]
    assume(len(seam) == 2)
    assert (seam in text) == (seam in plain(title) or seam in plain(address)[:TEXT_LENGTH])
    assert (seam in words_of(text)) == any(seam in pairs(part) for part in text.split(SEPARATOR))


@given(question=TEXTS)
def test_a_question_is_the_same_in_any_order_and_however_often_it_says_a_term(question: str) -> None:
    asked = terms(question)

    assert terms(" ".join(reversed(question.split()))) == asked
    assert terms(f"{question} {question}") == asked
    assert len(asked) <= TERMS
    assert all(term and not any(character.isspace() for character in term) for term in asked)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ＬＯＦＴ公寓", "loft"),
        ("loft公寓", "ＬＯＦＴ"),
        ("Straße 7", "STRASSE"),
        ("ﾎﾃﾙ", "ホテル"),
        ("１２号院", "12号"),
        ("国贸　三期", "国贸三期"),
        ("①号楼", "1号楼"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_width_case_and_spaces_make_no_difference(written: str, asked: str) -> None:
    text = search_text(written, "朝阳区")

    assert all(_matches(term, text) for term in terms(asked))


def test_all_terms_must_occur() -> None:
    text = search_text("后海的四合院", "西城区")

    assert all(_matches(term, text) for term in terms("西城 四合院 后"))
    assert not all(_matches(term, text) for term in terms("西城 公寓"))


def test_without_the_last_character_alone_a_term_of_one_character_is_missed() -> None:
    """The negative control: pairs do not begin with the last character."""
    text = search_text("四合院", "西城")

    assert _matches("院", text)
    assert not any(word.startswith("院") for part in text.split(SEPARATOR) for word in pairs(part))


def _matches(term: str, text: str) -> bool:
    """As the search does: by any of the index entries, then on the text itself."""
    entries = words_of(text)
    looked_up = pairs(term) or {term}
    by_index = all(
        word in entries if len(word) > 1 else any(entry.startswith(word) for entry in entries)
        for word in looked_up
    )
    return by_index and term in text


def _pieces(part: str, piece: st.DataObject | None) -> list[tuple[int, int]]:
    if piece is None:
        return [(start, end) for start in range(len(part)) for end in range(start + 1, len(part) + 1)]
    start = piece.draw(st.integers(0, len(part) - 1))
    return [(start, piece.draw(st.integers(start + 1, len(part))))]
