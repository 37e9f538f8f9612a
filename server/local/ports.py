"""Whether the ports that local mode wants are free, and what to say when they are not."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from server.local.errors import CannotRunHere

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = 10


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError:
            return False
    return True


def refuse_taken(host: str, ports: Mapping[str, int]) -> None:
    """Raise CannotRunHere for the ports, by the name of their setting, that cannot be had."""
    if len(set(ports.values())) < len(ports):
        raise CannotRunHere(f"{' and '.join(ports)} must be different ports.")
    sentences = []
    for setting, port in ports.items():
        if not is_free(host, port):
            example = free_port_after(host, port, set(ports.values()))
            sentences.append(
                f"Port {port} is taken by another program. Name another in {setting}, for example: "
                f"{setting}={example} make run"
            )
    if sentences:
        raise CannotRunHere("\n".join(sentences))


def free_port_after(host: str, port: int, without: set[int]) -> int:
    """A free port in the neighbourhood."""
    for candidate in range(port + STEP, 65536, STEP):
        if candidate not in without and is_free(host, candidate):
            return candidate
    return free_port_after(host, 10_000 - STEP, without)
