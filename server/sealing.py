"""Secrets derived from the one secret key: sealing values at rest and keyed digests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Seal:
    """AES-256-GCM and HMAC-SHA-256 with keys of one purpose."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._cipher = AESGCM(_derive(secret_key, f"{purpose}/cipher"))
        self._digest_key = _derive(secret_key, f"{purpose}/digest")

    def seal(self, text: str) -> str:
        """Encrypt; the result is base64 of nonce and ciphertext: aiomysql 0.3 cannot bind bytes."""
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Decrypt what `seal` made. Raises cryptography's InvalidTag for anything else."""
        raw = base64.b64decode(sealed)
        return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()

    def digest(self, text: str) -> str:
        """A keyed digest in hexadecimal: equal for equal texts, meaningless without the key."""
        return hmac.new(self._digest_key, text.encode(), hashlib.sha256).hexdigest()


def _derive(secret_key: str, purpose: str) -> bytes:
    return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).digest()
