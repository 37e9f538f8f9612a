"""The settings as every command reads them: environment and `.env` over local mode's own values."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from server.local.state import local_defaults
from server.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_STATE = ".ihome"
DEFAULT_PORT, DEFAULT_SANDBOX_PORT = 8000, 8001


def read_settings(project_root: Path) -> Settings:
    """Settings for this command; production gets no values of ours. Raises SettingsError, CannotRunHere."""
    named = {**dotenv_values(".env"), **os.environ}
    if (named.get("IHOME_ENV") or "local") != "local":
        return load_settings()
    state = project_root / (named.get("IHOME_STATE") or DEFAULT_STATE)
    defaults = local_defaults(
        state,
        _port(named.get("IHOME_PORT"), DEFAULT_PORT),
        _port(named.get("IHOME_SANDBOX_PORT"), DEFAULT_SANDBOX_PORT),
    )
    redis_url = named.get("IHOME_REDIS_URL")
    if redis_url:  # one server was named: it plays every role that nobody named another for
        defaults |= {"cache_url": redis_url, "broker_url": redis_url}
    return load_settings(defaults)


def _port(text: str | None, default: int) -> int:
    """A number for the addresses that follow from it; whether it is a port, Settings will say."""
    return int(text) if text and text.isdecimal() else default
