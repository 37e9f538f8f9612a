"""Taken ports are refused by name, with an example that is free."""

from __future__ import annotations

import re
import socket

import pytest

from server.local.errors import CannotRunHere
from server.local.ports import is_free, refuse_taken
from tests.server.local.conftest import free_ports


def test_free_ports_are_accepted() -> None:
    web, sandbox = free_ports(2)

    refuse_taken("127.0.0.1", {"IHOME_PORT": web, "IHOME_SANDBOX_PORT": sandbox})


@pytest.mark.parametrize("option", [None, socket.SO_REUSEPORT])
def test_a_taken_port_is_named_with_its_setting_and_a_free_example(option: int | None) -> None:
    web, sandbox = free_ports(2)
    with socket.socket() as other:
        if option is not None:
            other.setsockopt(socket.SOL_SOCKET, option, 1)
        other.bind(("127.0.0.1", sandbox))
        other.listen()

        with pytest.raises(CannotRunHere) as refusal:
            refuse_taken("127.0.0.1", {"IHOME_PORT": web, "IHOME_SANDBOX_PORT": sandbox})

    assert f"Port {sandbox} is taken" in str(refusal.value)
    example = re.search(r"IHOME_SANDBOX_PORT=(\d+) make run", str(refusal.value))
    assert example is not None
    assert is_free("127.0.0.1", int(example[1]))


def test_one_port_for_two_is_refused() -> None:
    with pytest.raises(CannotRunHere, match="different ports"):
        refuse_taken("127.0.0.1", {"IHOME_PORT": 18000, "IHOME_SANDBOX_PORT": 18000})
