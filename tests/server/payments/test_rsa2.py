"""RSA2 against openssl's own signatures, and what exactly is signed."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from server.payments.rsa2 import (
    are_notice_params_signed,
    is_signed,
    new_pair,
    notice_content,
    read_private_key,
    read_public_key,
    request_content,
    sign,
)
from tests.server.payments.vectors import (
    NOTICE_CONTENT,
    NOTICE_SIGN,
    PKCS1,
    PKCS8,
    PUBLIC,
    REQUEST_CONTENT,
    REQUEST_SIGN,
)

REQUEST = {
    "version": "1.0",
    "method": "alipay.trade.page.pay",
    "app_id": "2021000000000001",
    "charset": "utf-8",
    "format": "JSON",
    "sign_type": "RSA2",
    "timestamp": "2026-11-25 12:00:00",
    "return_url": "",
    "biz_content": '{"out_trade_no":"20261125000000000001P001","total_amount":"19.99",'
    '"subject":"爱家租房订单 20261125"}',
    "sign": "what was here before",
}
NOTICE = {
    "trade_status": "TRADE_SUCCESS",
    "subject": "爱家租房 北京",
    "app_id": "2021000000000001",
    "charset": "utf-8",
    "notify_id": "n1",
    "out_trade_no": "20261125000000000001P001",
    "seller_id": "2088000000000001",
    "total_amount": "19.99",
    "trade_no": "2026112522001000000000000001",
    "sign_type": "RSA2",
    "sign": NOTICE_SIGN,
}


def public() -> object:
    return read_public_key(PUBLIC)


def test_a_request_is_signed_as_openssl_signs_it() -> None:
    assert request_content(REQUEST).decode() == REQUEST_CONTENT
    assert sign(read_private_key(PKCS1), request_content(REQUEST)) == REQUEST_SIGN


def test_a_notice_that_openssl_signed_is_genuine() -> None:
    assert notice_content(NOTICE).decode() == NOTICE_CONTENT
    assert are_notice_params_signed(public(), NOTICE)


def test_both_writings_of_a_private_key_sign_alike_whatever_surrounds_them() -> None:
    spaced = "\n".join(PKCS8[at : at + 64] for at in range(0, len(PKCS8), 64)) + "\n"
    key = read_private_key(PKCS1)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    one_line = pem.replace("\n", "\\n")

    signatures = {sign(read_private_key(text), b"x") for text in (PKCS1, PKCS8, spaced, pem, one_line)}

    assert len(signatures) == 1


def test_both_writings_of_a_public_key_are_read() -> None:
    key = read_public_key(PUBLIC)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    old = base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()

    assert all(
        is_signed(read_public_key(text), b"x", sign(read_private_key(PKCS8), b"x")) for text in (pem, old)
    )


@pytest.mark.parametrize("name", [name for name in NOTICE if name not in {"sign", "sign_type"}])
def test_a_notice_changed_in_any_parameter_is_not_genuine(name: str) -> None:
    assert not are_notice_params_signed(public(), {**NOTICE, name: NOTICE[name] + "1"})
    assert not are_notice_params_signed(
        public(), {key: value for key, value in NOTICE.items() if key != name}
    )


def test_a_parameter_added_to_a_notice_makes_it_no_longer_genuine() -> None:
    assert not are_notice_params_signed(public(), {**NOTICE, "refund_fee": "19.99"})


def test_an_empty_parameter_may_be_signed_or_not() -> None:
    """Alipay's Java library signs it, its PHP library leaves it out."""
    key = read_private_key(PKCS8)
    with_it = {**NOTICE, "body": ""}
    content = ("body=&" + NOTICE_CONTENT).replace(
        "body=&app_id=2021000000000001&", "app_id=2021000000000001&body=&"
    )

    assert are_notice_params_signed(public(), with_it)
    assert are_notice_params_signed(public(), {**with_it, "sign": sign(key, content.encode())})


def test_the_protocol_itself_lets_one_value_read_as_two_parameters() -> None:
    """Why nothing that a buyer writes goes into what we ask to be signed: the subject is ours."""
    joined = {"app_id": "1&charset=utf-8", "total_amount": "1"}
    apart = {"app_id": "1", "charset": "utf-8", "total_amount": "1"}

    assert notice_content(joined) == notice_content(apart)


@pytest.mark.parametrize(
    "signature", ["", "x", "====", NOTICE_SIGN[:-4], NOTICE_SIGN + "AAAA", "签名", "\n" + NOTICE_SIGN]
)
def test_what_is_no_signature_signs_nothing(signature: str) -> None:
    assert not are_notice_params_signed(public(), {**NOTICE, "sign": signature})


def test_another_key_signs_nothing() -> None:
    stranger = read_private_key(new_pair()[0])

    assert not are_notice_params_signed(public(), {**NOTICE, "sign": sign(stranger, NOTICE_CONTENT.encode())})


def test_a_new_pair_belongs_together() -> None:
    private, shown = new_pair()

    assert is_signed(read_public_key(shown), b"x", sign(read_private_key(private), b"x"))


def test_keys_that_are_none_or_too_weak_are_refused_without_being_shown() -> None:
    weak = generate_private_key(public_exponent=65537, key_size=1024)
    curve = new_curve_key(SECP256R1())
    texts = [
        base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
        for key in (weak, curve)
    ]

    for text in ["", "nonsense!", "AAAA", "-----BEGIN PRIVATE KEY-----", PUBLIC, *texts]:
        with pytest.raises(ValueError, match=r"^is no ") as refusal:
            read_private_key(text)
        assert not text or text not in str(refusal.value)
    for text in ["", "nonsense!", PKCS8]:
        with pytest.raises(ValueError, match=r"^is no "):
            read_public_key(text)
