"""The state folder: closed to others, one set of secrets, sockets that can be listened on."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from server.local import state
from server.local.errors import CannotRunHere
from server.payments.rsa2 import is_signed, read_private_key, read_public_key, sign
from server.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRINTS_DEFAULTS = """
import json, sys
from pathlib import Path
from server.local.state import local_defaults
print(json.dumps(local_defaults(Path(sys.argv[1]), 18000, 18001)))
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def long_root(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / ("long" * 30)
    yield root
    digest_folder = state.socket_folder(root) if root.exists() else None
    if digest_folder is not None and digest_folder.is_dir():
        digest_folder.rmdir()


def test_every_folder_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "state" / "logs").mkdir(parents=True, mode=0o755)

    folder = state.open_state(tmp_path / "state")

    assert [mode(folder.root / name) for name in state.SUB_FOLDERS] == [0o700] * len(state.SUB_FOLDERS)


def test_a_folder_that_cannot_be_made_is_refused_with_the_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotRunHere, match="IHOME_STATE"):
        state.open_state(tmp_path / "file" / "state")


def test_every_process_gets_the_same_defaults_also_when_many_start_at_once(tmp_path: Path) -> None:
    def ask(_: int) -> str:
        command = [sys.executable, "-c", PRINTS_DEFAULTS, str(tmp_path / "state")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ask, range(8)))

    assert len(answers) == 1
    assert len(json.loads(answers.pop())["secret_key"]) >= 32


def test_secrets_are_readable_by_nobody_else_and_differ_between_folders(tmp_path: Path) -> None:
    one = state.local_defaults(tmp_path / "one", 18000, 18001)
    two = state.local_defaults(tmp_path / "two", 18000, 18001)

    assert mode(tmp_path / "one" / "secrets.json") == 0o600
    for name in (
        "secret_key", "sms_account_sid", "sms_auth_token", "sms_app_id", "alipay_app_id", "alipay_seller_id",
        "alipay_private_key", "alipay_public_key",
    ):  # fmt: skip
        assert one[name] != two[name]


def test_a_secret_that_is_new_is_added_and_the_others_stay(tmp_path: Path) -> None:
    before = state.local_defaults(tmp_path, 18000, 18001)
    kept = json.loads((tmp_path / "secrets.json").read_text())
    del kept["sms_app_id"]
    (tmp_path / "secrets.json").write_text(json.dumps(kept))

    after = state.local_defaults(tmp_path, 18000, 18001)

    assert after["secret_key"] == before["secret_key"]
    assert after["sms_app_id"] != before["sms_app_id"]


def test_a_state_folder_from_before_the_payments_gets_their_keys(tmp_path: Path) -> None:
    before = state.local_defaults(tmp_path, 18000, 18001)
    old = {name: before[name] for name in ("secret_key", "sms_account_sid", "sms_auth_token", "sms_app_id")}
    (tmp_path / "secrets.json").write_text(json.dumps(old))

    after = state.local_defaults(tmp_path, 18000, 18001)

    assert {name: after[name] for name in old} == old
    assert load_settings(after).alipay_app_id != before["alipay_app_id"]


def test_the_sandbox_signs_with_the_key_that_the_site_checks_with(tmp_path: Path) -> None:
    defaults = state.local_defaults(tmp_path, 18000, 18001)

    kept = state.sandbox_alipay_key(tmp_path)

    assert is_signed(
        read_public_key(str(defaults["alipay_public_key"])), b"x", sign(read_private_key(kept), b"x")
    )
    assert kept not in map(str, defaults.values())


def test_one_half_of_alipays_keys_is_made_anew_with_the_other(tmp_path: Path) -> None:
    before = state.local_defaults(tmp_path, 18000, 18001)
    kept = json.loads((tmp_path / "secrets.json").read_text())
    del kept["alipay_sandbox_private_key"]
    (tmp_path / "secrets.json").write_text(json.dumps(kept))

    after = state.local_defaults(tmp_path, 18000, 18001)

    assert after["alipay_public_key"] != before["alipay_public_key"]
    assert after["alipay_private_key"] == before["alipay_private_key"]


@pytest.mark.parametrize("content", ["{", "[]", "\ud800".encode("utf-8", "surrogatepass")])
def test_damaged_secrets_are_not_replaced_silently(tmp_path: Path, content: str | bytes) -> None:
    state.open_state(tmp_path)
    (tmp_path / "secrets.json").write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(CannotRunHere, match="move it away"):
        state.local_defaults(tmp_path, 18000, 18001)


def test_the_addresses_follow_from_folder_and_ports(tmp_path: Path) -> None:
    defaults = state.local_defaults(tmp_path, 18000, 18001)

    assert defaults["mysql_url"] == f"mysql://root@localhost/ihome?unix_socket={tmp_path}/run/mysql.sock"
    assert defaults["redis_url"] == f"unix://{tmp_path}/run/redis.sock?db=0"
    assert defaults["storage"] == f"fs:{tmp_path}/media"
    assert defaults["public_url"] == "http://127.0.0.1:18000"
    assert defaults["sms_url"] == "http://127.0.0.1:18001"
    assert defaults["alipay_url"] == "http://127.0.0.1:18001/gateway.do"


def test_sockets_of_a_long_path_are_in_a_private_folder_and_can_be_listened_on(long_root: Path) -> None:
    folder = state.open_state(long_root)

    assert mode(folder.sockets) == 0o700
    assert state.open_state(long_root).sockets == folder.sockets
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder.mysql_socket))
    folder.mysql_socket.unlink()


def test_a_path_of_exactly_the_limit_is_still_in_the_folder() -> None:
    room = state.SOCKET_PATH_BYTES - len("/run/mysql.sock")
    root = state.TEMPORARY / ("x" * (room - len(str(state.TEMPORARY)) - 1))

    assert len(os.fsencode(state.socket_folder(root) / "mysql.sock")) == state.SOCKET_PATH_BYTES


def test_somebody_elses_socket_folder_is_refused(
    tmp_path: Path, long_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "TEMPORARY", tmp_path)
    usual = state.socket_folder(long_root)
    usual.rmdir()
    (tmp_path / "theirs").mkdir()
    usual.symlink_to(tmp_path / "theirs")

    with pytest.raises(CannotRunHere, match="somebody else"):
        state.socket_folder(long_root)

    usual.unlink()
