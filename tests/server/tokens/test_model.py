"""What a token may be called, how long it lives, and what is kept of its secret."""

from __future__ import annotations

import hashlib

import pytest

from server.tokens.model import (
    PREFIX,
    BadLife,
    BadTokenName,
    NewToken,
    NoScopes,
    Scope,
    digest_of,
    new_secret,
)

READ = frozenset({Scope.READ})


@pytest.mark.parametrize("name", ["", "  ", "\u3000", "a\nb", "a\u200bb", "a\u202eb", "长" * 65])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(BadTokenName):
        NewToken(name, READ, None)


def test_a_name_loses_the_space_around_it() -> None:
    assert NewToken("  报价 robot 🤖 ", READ, None).name == "报价 robot 🤖"
    assert NewToken("长" * 64, READ, None).name == "长" * 64


def test_a_token_without_scopes_is_refused() -> None:
    with pytest.raises(NoScopes):
        NewToken("a", frozenset(), None)


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_life_out_of_range_is_refused(days: int) -> None:
    with pytest.raises(BadLife):
        NewToken("a", READ, days)


@pytest.mark.parametrize("days", [1, 365, None])
def test_a_life_in_range_is_taken(days: int | None) -> None:
    assert NewToken("a", READ, days).days == days


def test_secrets_name_us_and_are_never_the_same() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(secret.startswith(PREFIX) and len(secret) == len(PREFIX) + 43 for secret in secrets)


def test_a_digest_is_the_secrets_sha256_even_of_what_is_no_text() -> None:
    assert digest_of("ihome_a") == hashlib.sha256(b"ihome_a").hexdigest()
    assert len(digest_of("ihome_\udfff")) == 64
