"""A real S3 server of the tests' own, and what lies in it."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS_KEY, SECRET_KEY = "ihome:pictures", "s3cr/t+key"
PROCESS = Path(__file__).with_name("s3_process.py")


@dataclass(frozen=True)
class Swift:
    """Where it listens. The open port has no locks: tests look and spoil through it."""

    s3_port: int
    open_port: int

    def new_bucket(self) -> SwiftBucket:
        """An empty bucket that nobody else uses."""
        bucket = SwiftBucket(self, f"b-{uuid.uuid4().hex}")
        bucket.ask("PUT")
        return bucket


@dataclass(frozen=True)
class SwiftBucket:
    """A bucket as its server sees it."""

    swift: Swift
    name: str

    def url(self, port: int | None = None, *, secret_key: str = SECRET_KEY, prefix: str = "") -> str:
        """What IHOME_STORAGE calls it; `port` is one in front of the server's."""
        keys = f"{quote(ACCESS_KEY, '')}:{quote(secret_key, '')}"
        endpoint = f"http://127.0.0.1:{port or self.swift.s3_port}"
        return f"s3://{keys}@{self.name}{prefix}?endpoint={endpoint}&region=eu-1"

    def names(self) -> list[str]:
        """Every object."""
        return self.ask("GET").text.split()

    def spoil(self, name: str, content: bytes) -> None:
        """Write an object past the locks."""
        self.ask("PUT", name, content)

    def wipe(self) -> None:
        """Lose every object."""
        for name in self.names():
            self.ask("DELETE", name)

    def ask(self, method: str, name: str = "", content: bytes | None = None) -> httpx.Response:
        url = f"http://127.0.0.1:{self.swift.open_port}/v1/AUTH_ihome/{self.name}/{name}".rstrip("/")
        answer = httpx.request(method, url, content=content, trust_env=False, timeout=10)
        assert answer.is_success, answer
        return answer


@contextmanager
def run_swift(folder: Path) -> Iterator[Swift]:
    """Start it in `folder`, stop it at the end."""
    with (folder / "errors.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, str(PROCESS), str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line, (folder / "errors.log").read_text()
        ports = json.loads(line)
        yield Swift(ports["s3"], ports["open"])
    finally:
        child.terminate()
        child.wait(20)
        child.stdout.close()
