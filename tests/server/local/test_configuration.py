"""Environment and `.env` win over local mode's values; production gets none of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from server.local.children import private_roles
from server.local.configuration import read_settings
from server.local.state import open_state
from server.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("IHOME_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_a_bare_environment_is_a_valid_local_site_below_the_checkout(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)

    folder = open_state(tmp_path / ".ihome")
    assert settings.is_local
    assert str(folder.mysql_socket) in settings.mysql_url
    assert private_roles(settings, folder).mysql
    assert private_roles(settings, folder).redis


def test_addresses_follow_ports_from_the_environment_and_from_dotenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHOME_PORT", "18010")
    (tmp_path / ".env").write_text("IHOME_SANDBOX_PORT=18011\nIHOME_STATE=elsewhere\n")

    settings = read_settings(tmp_path)

    assert settings.public_url == "http://127.0.0.1:18010"
    assert settings.sms_url == "http://127.0.0.1:18011"
    assert settings.storage.get_secret_value() == f"fs:{tmp_path}/elsewhere/media"


def test_a_redis_given_by_url_plays_every_role_and_none_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHOME_REDIS_URL", "redis://127.0.0.1:18500/3")

    settings = read_settings(tmp_path)

    assert settings.cache_url == settings.broker_url == "redis://127.0.0.1:18500/3"
    roles = private_roles(settings, open_state(tmp_path / ".ihome"))
    assert not roles.redis
    assert roles.mysql


def test_a_wrong_port_is_a_problem_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHOME_PORT", "eighty")

    with pytest.raises(SettingsError) as error:
        read_settings(tmp_path)

    assert any("IHOME_PORT" in problem for problem in error.value.problems)


def test_production_gets_no_secret_and_no_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHOME_ENV", "production")

    with pytest.raises(SettingsError) as error:
        read_settings(tmp_path)

    assert any("IHOME_SECRET_KEY" in problem for problem in error.value.problems)
    assert not (tmp_path / ".ihome").exists()
