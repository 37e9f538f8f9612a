"""Settings: every problem at once, and no secret in what is said or printed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from server.payments.rsa2 import new_pair
from server.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_KEY, PUBLIC_KEY = new_pair()
COMPLETE = {
    "public_url": "https://ihome.example",
    "mysql_url": "mysql://u:p@db/ihome",
    "redis_url": "redis://r/0",
    "cache_url": "redis://r/1",
    "broker_url": "redis://r/2",
    "storage": "fs:/srv/pictures",
    "secret_key": "k" * 32,
    "sms_account_sid": "sid",
    "sms_auth_token": "token",
    "sms_app_id": "app",
    "alipay_app_id": "2021000000000001",
    "alipay_seller_id": "2088000000000001",
    "alipay_private_key": PRIVATE_KEY,
    "alipay_public_key": PUBLIC_KEY,
}
BUCKET = "s3://access:s3cr3t@pictures?endpoint="


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment and no `.env` but the test's own."""
    for name in [name for name in os.environ if name.startswith("IHOME_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def settings(**changes: object) -> Settings:
    return load_settings({**COMPLETE, **changes})


def problems(**changes: object) -> str:
    with pytest.raises(SettingsError) as refusal:
        settings(**changes)
    return "\n".join(refusal.value.problems)


def test_the_storage_url_is_read_at_the_start_and_its_keys_are_never_printed() -> None:
    good = settings(storage=f"{BUCKET}https://s3.example.com")

    assert "s3cr3t" not in repr(good) + str(good)
    assert "s3cr3t" in good.storage.get_secret_value()


def test_a_storage_url_that_names_no_store_is_listed_with_the_other_problems() -> None:
    said = problems(storage="s3://access:s3cr3t@pictures", sms_app_id="")

    assert "IHOME_STORAGE: s3: needs endpoint=https://" in said
    assert "IHOME_SMS_APP_ID" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    "url",
    [
        f"{BUCKET}http://s3.example.com",
        f"mirror:fs:/a|{BUCKET}http://s3.example.com",
        "qiniu://a:s3cr3t@b?domain=http://127.0.0.1:8001/d&host=http://127.0.0.1:8001/q",
    ],
)
def test_production_refuses_stores_in_the_clear_that_local_mode_takes(url: str) -> None:
    said = problems(env="production", storage=url)

    assert "IHOME_STORAGE must be https in production" in said
    assert "s3cr3t" not in said
    assert settings(storage=url).is_local  # control


@pytest.mark.parametrize(
    "endpoint", ["https://s3.example.com", "http://127.0.0.1:9000", "http://10.1.2.3:9000"]
)
def test_production_takes_https_and_plain_http_to_private_addresses(endpoint: str) -> None:
    assert not settings(env="production", storage=f"{BUCKET}{endpoint}").is_local


@pytest.mark.parametrize(
    "name", ["alipay_app_id", "alipay_seller_id", "alipay_private_key", "alipay_public_key"]
)
def test_alipay_must_be_named_whole(name: str) -> None:
    without = {key: value for key, value in COMPLETE.items() if key != name}

    with pytest.raises(SettingsError) as refusal:
        load_settings({**without, "env": "production"})

    assert [problem.split(":")[0] for problem in refusal.value.problems] == [f"IHOME_{name.upper()}"]


def test_a_key_that_is_none_is_said_and_not_shown() -> None:
    said = problems(alipay_private_key="MIIs3cr3t", alipay_public_key=PRIVATE_KEY)

    assert "IHOME_ALIPAY_PRIVATE_KEY: is no private key in PEM or base64 that can be read" in said
    assert "IHOME_ALIPAY_PUBLIC_KEY: is no public key in PEM or base64 that can be read" in said
    assert "s3cr3t" not in said
    assert PRIVATE_KEY not in said


def test_our_alipay_key_is_never_printed() -> None:
    good = settings()

    assert PRIVATE_KEY not in repr(good) + str(good)


def test_production_refuses_a_gateway_in_the_clear_that_local_mode_takes() -> None:
    plain = "http://127.0.0.1:8001/gateway.do"

    assert "IHOME_ALIPAY_URL must be https in production" in problems(env="production", alipay_url=plain)
    assert settings(alipay_url=plain).is_local  # control
    assert settings(env="production").alipay_url == "https://openapi.alipay.com/gateway.do"


def test_a_place_to_die_at_is_a_known_one_and_none_in_production() -> None:
    assert settings(fail="place:before-commit:kill9").is_local
    assert "IHOME_FAIL: is none of " in problems(fail="place:before-commit")
    assert "IHOME_FAIL: is none of " in problems(fail="nowhere:kill9")
    assert "IHOME_FAIL is refused in production" in problems(env="production", fail="place:after-reply:kill9")


def test_requests_into_our_own_network_are_for_local_mode() -> None:
    said = problems(env="production", outgoing_private="loopback")

    assert "IHOME_OUTGOING_PRIVATE is refused in production" in said
    assert settings(outgoing_private="on").outgoing_private == "on"
    assert settings().outgoing_private == "off"


def test_limits_are_lifted_for_a_load_test_and_never_in_production() -> None:
    said = problems(env="production", rate_limits="load-test")

    assert "IHOME_RATE_LIMITS=load-test is refused in production" in said
    assert settings(rate_limits="load-test").lifts_limits  # control
    assert not settings(env="production").lifts_limits


def test_a_classic_front_end_needs_its_html_folder(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()

    assert settings(classic_root=tmp_path).classic_root == tmp_path.resolve()
    assert settings().classic_root is None
    assert "IHOME_CLASSIC_ROOT: there is no folder" in problems(classic_root=tmp_path / "nowhere")


def test_an_empty_classic_root_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHOME_CLASSIC_ROOT", "")

    assert settings().classic_root is None


def test_origins_are_listed_exactly_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "IHOME_CORS_ORIGINS", " https://app.example.com, http://localhost:5173,http://[::1]:8080 ,"
    )

    assert settings().cors_origins == (
        "https://app.example.com", "http://localhost:5173", "http://[::1]:8080",
    )  # fmt: skip
    monkeypatch.delenv("IHOME_CORS_ORIGINS")
    assert settings().cors_origins == ()


@pytest.mark.parametrize(
    "origin",
    [
        "*", "null", "app.example.com", "https://", "https://app.example.com/", "https://app.example.com/x",
        "https://App.example.com", "https://app.example.com:443", "http://app.example.com:80", "ftp://a.example",
        "https://u:p@app.example.com", "https://*.example.com", "https://a.example?x", "https://a.example#x",
        "https://a.example b.example", "https://爱家.example", "https://a.example:x", "file:///x",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    said = problems(cors_origins=f"https://app.example.com,{origin}")

    assert "IHOME_CORS_ORIGINS" in said
    assert "is no exact origin such as https://app.example.com" in said
