"""The state folder of local mode: sub-folders, sockets, secrets, and the settings that follow from them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from server.local.errors import CannotRunHere
from server.payments.rsa2 import new_pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOCKET_PATH_BYTES = 107  # sun_path without its closing NUL
SUB_FOLDERS = ("mysql", "redis", "run", "logs", "media", "unpacked")
DATABASE = "ihome"
SANDBOX_KEY = "alipay_sandbox_private_key"
# Fixed, not TMPDIR: every command must find the same sockets whatever its environment.
TEMPORARY = Path("/tmp")  # noqa: S108 - the folder in it is 0700, ours, and checked


@dataclass(frozen=True)
class StateFolder:
    """An absolute path and where things are in it. Made by `open_state`."""

    root: Path
    sockets: Path

    @property
    def mysql(self) -> Path:
        """MariaDB's data; absent until it was initialised completely."""
        return self.root / "mysql" / "data"

    @property
    def redis(self) -> Path:
        """Redis's append-only file."""
        return self.root / "redis"

    @property
    def run(self) -> Path:
        """Lock, process records, links."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One file for each child."""
        return self.root / "logs"

    @property
    def media(self) -> Path:
        """Stored pictures."""
        return self.root / "media"

    @property
    def unpacked(self) -> Path:
        """Debian packages that were unpacked because nobody could install them."""
        return self.root / "unpacked"

    @property
    def mysql_socket(self) -> Path:
        """Where private MariaDB listens."""
        return self.sockets / "mysql.sock"

    @property
    def redis_socket(self) -> Path:
        """Where private Redis listens."""
        return self.sockets / "redis.sock"


def open_state(path: Path) -> StateFolder:
    """The folder with its sub-folders, made where they are missing, closed to other users."""
    root = path.absolute()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in SUB_FOLDERS:
            (root / name).mkdir(mode=0o700, exist_ok=True)
            _close_to_others(root / name)
    except OSError as error:
        raise CannotRunHere(
            f"The state folder {root} cannot be used ({error.strerror}): "
            "mend it, or name another in IHOME_STATE."
        ) from error
    return StateFolder(root, socket_folder(root))


def socket_folder(root: Path) -> Path:
    """`<state>/run`, or a private folder in /tmp when a socket's path there would be too long."""
    run = root / "run"
    if len(os.fsencode(run / "mysql.sock")) <= SOCKET_PATH_BYTES:
        return run
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    folder = TEMPORARY / f"ihome-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise CannotRunHere(
            f"{folder} belongs to somebody else and {root} is too long a path for a socket: "
            "name a shorter folder in IHOME_STATE."
        )
    _close_to_others(folder)
    return folder


def local_defaults(state: Path, port: int, sandbox_port: int) -> dict[str, object]:
    """Values for Settings that every command computes alike; environment and `.env` may override each."""
    folder = open_state(state)
    redis = quote(str(folder.redis_socket))
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    return {
        "mysql_url": f"mysql://root@localhost/{DATABASE}?unix_socket={quote(str(folder.mysql_socket))}",
        "redis_url": f"unix://{redis}?db=0",
        "cache_url": f"unix://{redis}?db=1",
        "broker_url": f"unix://{redis}?db=2",
        "storage": f"fs:{folder.media}",
        "public_url": f"http://127.0.0.1:{port}",
        "sms_url": sandbox,
        "alipay_url": f"{sandbox}/gateway.do",
        "log_format": "console",
        "demo": "on",
        "outgoing_private": "loopback",
        **{name: value for name, value in _secrets(folder.root).items() if name != SANDBOX_KEY},
    }


def sandbox_alipay_key(state: Path) -> str:
    """The private key with which the sandbox signs as Alipay."""
    return _secrets(open_state(state).root)[SANDBOX_KEY]


def _secrets(root: Path) -> dict[str, str]:
    """What local mode keeps secret, made once. Whoever comes second waits for the first."""
    path = root / "secrets.json"
    with locked(root / "secrets.lock"):
        kept = _read_secrets(path)
        wanted = {
            "secret_key": kept.get("secret_key") or secrets.token_urlsafe(48),
            "sms_account_sid": kept.get("sms_account_sid") or secrets.token_hex(16),
            "sms_auth_token": kept.get("sms_auth_token") or secrets.token_hex(16),
            "sms_app_id": kept.get("sms_app_id") or secrets.token_hex(16),
            "alipay_app_id": kept.get("alipay_app_id") or f"2021{secrets.randbelow(10**12):012}",
            "alipay_seller_id": kept.get("alipay_seller_id") or f"2088{secrets.randbelow(10**12):012}",
            "alipay_private_key": kept.get("alipay_private_key") or new_pair()[0],
            **_sandbox_pair(kept),
        }
        if wanted != kept:
            _write_privately(path, json.dumps(wanted, indent=2) + "\n")
    return wanted


def _sandbox_pair(kept: Mapping[str, str]) -> dict[str, str]:
    """Alipay's two keys; one without the other is of no use."""
    private, public = kept.get(SANDBOX_KEY), kept.get("alipay_public_key")
    if not private or not public:
        private, public = new_pair()
    return {SANDBOX_KEY: private, "alipay_public_key": public}


def _read_secrets(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CannotRunHere(
            f"{path} cannot be read ({error}): move it away, and new secrets are made."
        ) from error
    if not isinstance(kept, dict):
        raise CannotRunHere(f"{path} holds no secrets: move it away, and new ones are made.")
    return {str(name): str(value) for name, value in kept.items()}


def _write_privately(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, also after a power cut."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file that is made for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _close_to_others(folder: Path) -> None:
    if stat.S_IMODE(folder.lstat().st_mode) & 0o077:
        folder.chmod(0o700)
