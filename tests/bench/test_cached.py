"""Cached reads and what they are compared with are asked for, and answered, alike."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Any

from tests.bench import bare, cached
from tests.bench.servers import beside
from tests.faults.pretender import API, pretending
from tests.stack import Stack, free_port

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    import pytest


def test_cached_reads_are_asked_for_as_browsers_do() -> None:
    with pretending() as site:
        answers = cached.rate(f"{site.url}{API}/areas", seconds=1)

    assert answers > 0
    assert site.codings == {"gzip"}


def test_bare_tornado_says_how_its_bytes_were_compressed(tmp_path: Path) -> None:
    body, port = tmp_path / "body", free_port()
    body.write_bytes(b"compressed")

    with (
        beside(Stack(tmp_path / "site"), "bare", str(port), str(body), "gzip"),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer,
    ):
        coding, written = answer.headers["Content-Encoding"], answer.read()

    assert (coding, written) == ("gzip", b"compressed")


def test_what_is_compared_runs_on_the_same_kind_of_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, ran = tmp_path / "body", []
    body.write_bytes(b"")

    def run_loop(work: Coroutine[Any, Any, None]) -> None:
        ran.append(work.__qualname__)
        work.close()

    monkeypatch.setattr(bare, "run_loop", run_loop)
    for arguments in ([str(body), "gzip"], ["--without", "near"]):
        monkeypatch.setattr("sys.argv", ["bare", "1", *arguments])
        bare.main()

    assert ran == ["serve_bytes", "serve_site"]
