"""A site of its own for each fault test's module: these tests break it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole site; a test puts back what it broke."""
    stack = Stack(tmp_path_factory.mktemp("broken"))
    try:
        stack.start_site()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def http(broken: Stack) -> Iterator[httpx.Client]:
    """A program with a session and its token."""
    with httpx.Client(base_url=broken.url, timeout=30) as client:
        client.get("/api/v1_0/session")
        client.headers["X-CSRFToken"] = client.cookies["csrf_token"]
        yield client
