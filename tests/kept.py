"""What every opening of the product works out anew, and always alike: in the tests' process it is done once."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import argon2
import httpx._transports.default
import limits.util
import pytest
import redis.utils

import server.outgoing.service
import server.services
import server.settings
from server.i18n import Catalogue
from server.payments.rsa2 import read_private_key

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

SSL_CONTEXT = httpx.create_ssl_context
HASH = argon2.PasswordHasher.hash
NOBODYS = "nobody has this password"  # server/accounts/passwords.py: compared with when there is no such user


@contextmanager
def kept() -> Iterator[None]:
    """Nothing here is changed by who gets it, so that all may have the same: keys, sentences, authorities."""
    key, catalogue = cache(read_private_key), cache(Catalogue.load)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server.services, "read_private_key", key)
        patch.setattr(server.settings, "read_private_key", key)
        patch.setattr(Catalogue, "load", catalogue)
        patch.setattr(argon2.PasswordHasher, "hash", _hash)
        patch.setattr(httpx, "create_ssl_context", _ssl_context)
        patch.setattr(httpx._transports.default, "create_ssl_context", _ssl_context)
        for module, name in ((limits.util, "get_dependency"), (redis.utils, "get_lib_version")):
            patch.setattr(module, name, cache(getattr(module, name)))
        yield


def _ssl_context(
    verify: ssl.SSLContext | str | bool = True, cert: None = None, trust_env: bool = True
) -> ssl.SSLContext:
    usual = verify is True and cert is None and not trust_env
    return _usual_authorities() if usual else SSL_CONTEXT(verify, cert, trust_env)


@cache
def _usual_authorities() -> ssl.SSLContext:
    return SSL_CONTEXT(trust_env=False)


def _hash(hasher: argon2.PasswordHasher, password: str, *, salt: bytes | None = None) -> str:
    if password != NOBODYS:
        return HASH(hasher, password, salt=salt)
    return _nobodys_hash(hasher.time_cost, hasher.memory_cost, hasher.parallelism)


@cache
def _nobodys_hash(time_cost: int, memory_cost: int, parallelism: int) -> str:
    return HASH(argon2.PasswordHasher(time_cost, memory_cost, parallelism), NOBODYS)
