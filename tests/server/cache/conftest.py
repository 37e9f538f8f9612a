"""A private Redis for the cache's tests, which stop, fill and confuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis


@pytest.fixture(scope="package")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Only Redis runs: the cache knows no MySQL."""
    stack = Stack(tmp_path_factory.mktemp("cache"))
    try:
        stack.start_redis()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def stack(own_stack: Stack) -> Stack:
    """The private Redis, empty."""
    own_stack.redis().flushall()
    return own_stack


@pytest.fixture
def server(stack: Stack) -> redis.Redis:
    """A plain client of the cache's database."""
    return stack.cache()
