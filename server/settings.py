"""Every setting: name, meaning, unit and bounds. Values arrive by environment or `.env`, never by import."""

from __future__ import annotations

import difflib
import os
import re
import sys
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from server.failpoints import check_armed
from server.media.places import exposed_addresses, parse_place
from server.outgoing.model import Reach
from server.payments.rsa2 import read_private_key, read_public_key

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "IHOME_"
LISTS = ("trusted_proxies", "cors_origins")  # written with commas between
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[1-9]\d{0,4}))?",
    re.ASCII,
)
Port = Annotated[int, Field(ge=1, le=65535)]


def _names_a_store(url: SecretStr) -> SecretStr:
    parse_place(url.get_secret_value())
    return url


def _is_private_key(text: SecretStr) -> SecretStr:
    read_private_key(text.get_secret_value())
    return text


def _is_public_key(text: str) -> str:
    read_public_key(text)
    return text


def _holds_pages(text: object) -> Path | None:
    if not text:
        return None
    root = Path(str(text))
    if not (root / "html").is_dir():
        raise ValueError(f"there is no folder {root / 'html'}")
    return root.resolve()


def _is_origin(text: str) -> str:
    """An origin exactly as browsers write it in `Origin`."""
    found = _ORIGIN.fullmatch(text)
    if not found or (found["scheme"], found["port"]) in {("http", "80"), ("https", "443")}:
        raise ValueError(f"{text} is no exact origin such as https://app.example.com")
    return text


StorageUrl = Annotated[SecretStr, AfterValidator(_names_a_store)]
PrivateKey = Annotated[SecretStr, AfterValidator(_is_private_key)]
PublicKey = Annotated[str, AfterValidator(_is_public_key)]
Origin = Annotated[str, AfterValidator(_is_origin)]
Armed = Annotated[str, AfterValidator(check_armed)]
ClassicRoot = Annotated[Path | None, BeforeValidator(_holds_pages)]


class SettingsError(Exception):
    """The settings cannot be used; `problems` names every one of them, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """All settings. Secrets have no default: local mode makes its own, production must name them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    env: Literal["local", "production"] = Field("local", description="local or production")
    host: str = Field("127.0.0.1", description="address the web process listens on")
    port: Port = Field(8000, description="port of the web process")
    sandbox_port: Port = Field(8001, description="port of the sandbox, local mode only")
    public_url: str = Field(description="how browsers reach the site, without a trailing slash")
    state: Path = Field(Path(".ihome"), description="folder of local mode: data, secrets, uploads, logs")
    processes: int = Field(1, ge=1, le=64, description="web processes that share the port")
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="networks whose X-Forwarded-For is believed, separated by commas"
    )
    cors_origins: Annotated[tuple[Origin, ...], NoDecode] = Field(
        (), description="origins whose pages may call the API with a token, separated by commas"
    )

    mysql_url: str = Field(description="mysql://user:password@host:port/name or ?unix_socket=/path")
    mysql_pool: int = Field(20, ge=2, le=500, description="connections of a process")
    redis_url: str = Field(description="the state role: sessions, limits, results; noeviction, AOF")
    cache_url: str = Field(description="the cache role: may evict, may be emptied")
    broker_url: str = Field(description="Celery's broker: redis://, unix:// or amqp://")
    redis_prefix: str = Field("ihome:", description="before every key, so that sites can share a server")
    storage: StorageUrl = Field(
        description="where pictures live, as a URL: fs:/path, s3://…, qiniu://…, mirror:…|…"
    )

    secret_key: SecretStr = Field(
        min_length=32, description="signs CSRF tokens and encrypts SMS codes at rest"
    )

    sms_url: str = Field("https://app.cloopen.com:8883", description="云通讯 base URL")
    sms_account_sid: str = Field(min_length=1, description="云通讯 account sid")
    sms_auth_token: SecretStr = Field(min_length=1, description="云通讯 auth token")
    sms_app_id: str = Field(min_length=1, description="云通讯 application id")
    sms_template_id: str = Field("1", description="云通讯 template with code and minutes")
    sms_notice_template_id: str = Field(
        "2", description="云通讯 template with what happened to an order, house, dates"
    )

    alipay_url: str = Field("https://openapi.alipay.com/gateway.do", description="Alipay's gateway")
    alipay_app_id: str = Field(min_length=1, description="Alipay application id")
    alipay_seller_id: str = Field(min_length=1, description="Alipay id of the account that is paid: 2088…")
    alipay_private_key: PrivateKey = Field(
        description="our application's RSA key: PEM, or base64 as Alipay's key tool writes it"
    )
    alipay_public_key: PublicKey = Field(description="Alipay's own RSA public key for this application")

    outgoing_private: Reach = Field(
        Reach.PUBLIC,
        description="requests to addresses that users gave (webhooks, calendars): off: only https and the public"
        " internet; loopback: also this machine; on: anywhere; the latter two in local mode only",
    )

    demo: Literal["on", "off"] = Field(
        "off", description="demo houses and accounts at the first start, local mode only"
    )

    classic_root: ClassicRoot = Field(
        None,
        description="static folder of a classic front end, with html/ in it, served in place of our pages",
    )

    worker_pool: Literal["threads", "prefork"] = Field("threads", description="Celery's pool")
    worker_concurrency: int = Field(8, ge=1, le=500, description="threads or processes of the worker")
    redelivery_seconds: int = Field(30, ge=1, le=3600, description="published but not done: publish again")
    rate_limits: Literal["standard", "load-test"] = Field(
        "standard", description="load-test lifts the limits by address"
    )
    sockets_per_ip: int = Field(200, ge=1, description="websockets that one address may hold")
    drain_seconds: float = Field(
        10.0, ge=0, le=120, description="how long a stop waits for requests in flight"
    )
    fail: Armed = Field("", description="where tests let this process die, local mode only")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest level logged")
    log_format: Literal["json", "console"] = Field(
        "json", description="one JSON object a line, or for people"
    )

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, Any]) -> dict[str, Any]:
        written = {name: values[name] for name in LISTS if isinstance(values.get(name), str)}
        split = {name: [part.strip() for part in text.split(",")] for name, text in written.items()}
        return {**values, **{name: [part for part in parts if part] for name, parts in split.items()}}

    @model_validator(mode="after")
    def _refuse_local_habits_in_production(self) -> Self:
        if self.env != "production":
            return self
        problems = []
        if urlsplit(self.public_url).scheme != "https":
            problems.append("IHOME_PUBLIC_URL must be https in production: its cookies are Secure")
        if urlsplit(self.sms_url).scheme != "https":
            problems.append("IHOME_SMS_URL must be https in production: the sandbox is for local mode")
        if urlsplit(self.alipay_url).scheme != "https":
            problems.append("IHOME_ALIPAY_URL must be https in production: the sandbox is for local mode")
        exposed = exposed_addresses(parse_place(self.storage.get_secret_value()))
        problems += [f"IHOME_STORAGE must be https in production: {address}" for address in exposed]
        if self.demo == "on":
            problems.append("IHOME_DEMO=on is refused in production: its password is known")
        if self.outgoing_private is not Reach.PUBLIC:
            problems.append(
                "IHOME_OUTGOING_PRIVATE is refused in production: users would reach our own network"
            )
        if self.rate_limits != "standard":
            problems.append("IHOME_RATE_LIMITS=load-test is refused in production")
        if self.fail:
            problems.append("IHOME_FAIL is refused in production: it kills the process")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment, then `.env`, then the defaults that local mode brings as arguments."""
        del settings_cls, file_secret_settings
        return env_settings, dotenv_settings, init_settings

    @property
    def lifts_limits(self) -> bool:
        """Whether limits that count an address do not hold."""
        return self.rate_limits == "load-test"

    @property
    def socket_ceiling(self) -> int:
        """How many websockets one address may hold now."""
        return sys.maxsize if self.lifts_limits else self.sockets_per_ip

    @property
    def is_local(self) -> bool:
        """Whether local mode's conveniences (sandbox, plain http) are allowed."""
        return self.env == "local"


def load_settings(defaults: Mapping[str, Any] | None = None) -> Settings:
    """Read and check all settings. Raises SettingsError that lists every problem at once.

    `defaults` are values that environment and `.env` may override: local mode's own servers and secrets.
    """
    problems = _unknown_names(os.environ)
    try:
        settings = Settings(**dict(defaults or {}))
    except ValidationError as error:
        raise SettingsError(problems + _sentences(error)) from error
    if problems:
        raise SettingsError(problems)
    return settings


def _unknown_names(environment: Mapping[str, str]) -> list[str]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    problems = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            problems.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return problems


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors():
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            sentences.extend(message.split("\n"))
            continue
        field = str(problem["loc"][0])
        name = field if field.startswith(PREFIX) else PREFIX + field.upper()
        described = Settings.model_fields.get(field)
        meaning = f" ({described.description})" if described else ""
        sentences.append(f"{name}: {message}{meaning}")
    return sentences
