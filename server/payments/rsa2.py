"""RSA2, Alipay's signature: SHA-256 with RSA (PKCS 1 v1.5) over `name=value` pairs; keys as its tools write them."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BITS = 2048
SIGN_TYPE = "RSA2"
_PEM = "-----BEGIN"


def read_private_key(text: str) -> RSAPrivateKey:
    """A private key, PKCS 8 or PKCS 1, as PEM or as base64 of DER. Raises ValueError that does not show it."""
    try:
        key = (
            load_pem_private_key(_lines(text), None)
            if _PEM in text
            else load_der_private_key(_der(text), None)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("is no private key in PEM or base64 that can be read") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS:
        raise ValueError(f"is no RSA key of {KEY_BITS} bits or more")
    return key


def read_public_key(text: str) -> RSAPublicKey:
    """A public key as PEM or as base64 of DER. Raises ValueError."""
    try:
        key = load_pem_public_key(_lines(text)) if _PEM in text else load_der_public_key(_der(text))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is no public key in PEM or base64 that can be read") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS:
        raise ValueError(f"is no RSA key of {KEY_BITS} bits or more")
    return key


def new_pair() -> tuple[str, str]:
    """A new private and its public key as base64 of DER, as Alipay's key tool writes them."""
    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private).decode("ascii"), base64.b64encode(public).decode("ascii")


def sign(key: RSAPrivateKey, content: bytes) -> str:
    """The signature in base64."""
    return base64.b64encode(key.sign(content, PKCS1v15(), SHA256())).decode("ascii")


def is_signed(key: RSAPublicKey, content: bytes, signature: str) -> bool:
    """Whether the owner of the private key signed this."""
    try:
        key.verify(base64.b64decode(signature, validate=True), content, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def request_content(params: Mapping[str, str]) -> bytes:
    """What the sender of a request signs: all but the signature and what is empty, sorted by name."""
    return _joined({name: value for name, value in params.items() if value and name != "sign"})


def are_notice_params_signed(key: RSAPublicKey, params: Mapping[str, str]) -> bool:
    """Whether a notice or return is genuine: its signature covers all but itself and `sign_type`.

    Alipay's own libraries disagree whether an empty value is signed; an empty one says nothing, so both will do.
    """
    covered = {name: value for name, value in params.items() if name not in {"sign", "sign_type"}}
    spoken = {name: value for name, value in covered.items() if value}
    signature = params.get("sign", "")
    return is_signed(key, _joined(covered), signature) or is_signed(key, _joined(spoken), signature)


def notice_content(params: Mapping[str, str]) -> bytes:
    """What the sender of a notice signs."""
    return _joined(
        {name: value for name, value in params.items() if value and name not in {"sign", "sign_type"}}
    )


def _joined(params: Mapping[str, str]) -> bytes:
    return "&".join(f"{name}={params[name]}" for name in sorted(params)).encode()


def _lines(pem: str) -> bytes:
    """A PEM whose line ends an environment file may have written as backslash and n."""
    return pem.strip().replace("\\n", "\n").encode()


def _der(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
