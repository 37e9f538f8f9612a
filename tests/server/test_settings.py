"""Settings: every problem at once, and no secret in what is said or printed."""

from __future__ import annotations

import os

import pytest

from server.settings import Settings, SettingsError, load_settings

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
