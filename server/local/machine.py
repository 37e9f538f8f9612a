"""The doctor's look at the machine: Python, packages, programs, ports, the state folder."""

from __future__ import annotations

import configparser
import importlib
import os
import shutil
import stat
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from server.local.binaries import find_binaries
from server.local.errors import CannotRunHere
from server.local.findings import Finding
from server.local.ports import free_port_after, is_free
from server.local.process import is_alive, read_record
from server.local.state import SUB_FOLDERS, open_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.local.children import PrivateRoles
    from server.local.state import StateFolder
    from server.settings import Settings

FREE_BYTES = 1_000_000_000
CHINESE_FONT = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
MODULES = {
    "argon2-cffi": "argon2",
    "Babel": "babel",
    "import-linter": "importlinter",
    "Pillow": "PIL",
    "prometheus-client": "prometheus_client",
    "PyMySQL": "pymysql",
    "pydantic-settings": "pydantic_settings",
    "pytest-xdist": "xdist",
    "python-dateutil": "dateutil",
}


def look_at_python(root: Path) -> Finding:
    """The version that setup.cfg asks for."""
    wanted = SpecifierSet(_setup(root)["options"]["python_requires"])
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "Python",
        version in wanted,
        f"{version} ({sys.executable})",
        f"Install Python {wanted}, then `make clean run`.",
    )


def look_at_packages(root: Path) -> list[Finding]:
    """Whether every package imports and is in setup.cfg's range."""
    setup = _setup(root)
    extras = setup["options.extras_require"]
    needed = _requirements(setup["options"]["install_requires"]) + _requirements(extras["local"])
    for_tests = _requirements(extras["test"]) + _requirements(extras["dev"])
    return [
        _packages("Python packages", needed, "Run `make run`: it installs them into .venv.", needed=True),
        _packages("Python packages for tests", for_tests, "Run `make test`: it installs them.", needed=False),
    ]


def look_at_front_end(root: Path) -> list[Finding]:
    """node and npm are needed to build; what was built is needed to serve."""
    programs = [name for name in ("node", "npm") if shutil.which(name) is None]
    dist = root / "static/dist"
    built = dist.is_dir() and any(dist.iterdir())
    return [
        Finding(
            "Node",
            not programs,
            f"{' and '.join(programs)} missing"
            if programs
            else f"{shutil.which('node')}, {shutil.which('npm')}",
            "apt-get install --no-install-recommends nodejs npm",
            needed=not built,
        ),
        Finding(
            "Front end", built, "built" if built else "static/dist is empty", "Run `make run`: it builds it."
        ),
    ]


def look_at_servers(folder: StateFolder, roles: PrivateRoles) -> list[Finding]:
    """The programs of the private servers, where they are ours to start."""
    if not roles.mysql and not roles.redis:
        return [Finding("MariaDB and Redis programs", well=True, detail="not needed: both are given by URL")]
    found = find_binaries(folder.unpacked)
    if found is None:
        remedy = (
            "Run `make run`: it gets them; or name running servers in IHOME_MYSQL_URL and IHOME_REDIS_URL."
        )
        return [Finding("MariaDB and Redis programs", well=False, detail="missing", remedy=remedy)]
    environment = {**os.environ, **found.environment}
    programs = (("MariaDB", found.mariadbd, "mariadbd"), ("Redis", found.redis, "redis-server"))
    return [_program(name, path, called, environment) for name, path, called in programs]


def look_at_browser() -> list[Finding]:
    """What only the browser tests need."""
    chromium = shutil.which("chromium")
    font = Path(CHINESE_FONT).exists()
    return [
        Finding("Chromium", chromium is not None, chromium or "missing; browser tests need it",
                "Run `make test`, or apt-get install --no-install-recommends chromium", needed=False),
        Finding("Chinese font", font, CHINESE_FONT if font else "missing; browser tests draw boxes without it",
                "Run `make test`, or apt-get install --no-install-recommends fonts-wqy-microhei", needed=False),
    ]  # fmt: skip


def look_at_ports(settings: Settings, *, running: bool) -> Iterator[Finding]:
    """Free, or used by the site itself."""
    for setting, port in (("IHOME_PORT", settings.port), ("IHOME_SANDBOX_PORT", settings.sandbox_port)):
        free = is_free(settings.host, port)
        detail = f"{port} is {'free' if free else 'ours' if running else 'taken by another program'}"
        example = f"{setting}={free_port_after(settings.host, port, set())} make run"
        yield Finding(
            f"Port {setting}", free or running, detail, f"Name another port, for example: {example}"
        )


def look_at_state(path: Path) -> list[Finding]:
    """Writable, closed to others, with room, and with sockets that can be listened on."""
    try:
        folder = open_state(path)
    except CannotRunHere as error:
        return [Finding("State folder", well=False, detail=str(error), remedy="Mend it, or set IHOME_STATE.")]
    free = shutil.disk_usage(folder.root).free
    closed = all(stat.S_IMODE((folder.root / name).stat().st_mode) == 0o700 for name in SUB_FOLDERS)
    writable = all(os.access(folder.root / name, os.W_OK) for name in SUB_FOLDERS)
    return [
        Finding("State folder", writable, str(folder.root), f"chown -R {os.getuid()} {folder.root}"),
        Finding("State folder's permissions", closed, "closed to others" if closed else "open to others",
                f"chmod 700 {folder.root}/*/"),
        Finding("Space", free > FREE_BYTES, f"{free / 1e9:.1f} GB free",
                "Make room, or name a folder on another disk in IHOME_STATE."),
        Finding("Sockets", well=True, detail=str(folder.sockets)),
    ]  # fmt: skip


def is_running(folder: StateFolder) -> bool:
    """Whether a child that a supervisor of this folder started is alive."""
    return any(
        record is not None and is_alive(record) for record in map(read_record, folder.run.glob("*.pid"))
    )


def _setup(root: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(comment_prefixes=("#",))
    parser.read(root / "setup.cfg", encoding="utf-8")
    return parser


def _requirements(text: str) -> list[Requirement]:
    requirements = [Requirement(line) for line in text.splitlines() if line.strip()]
    return [requirement for requirement in requirements if requirement.name != "ihome"]


def _packages(name: str, requirements: list[Requirement], remedy: str, *, needed: bool) -> Finding:
    troubles = [trouble for trouble in map(_trouble_with, requirements) if trouble]
    detail = "; ".join(troubles) or f"{len(requirements)}, each in its range"
    return Finding(name, not troubles, detail, remedy, needed)


def _trouble_with(requirement: Requirement) -> str:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if version not in requirement.specifier:
        return f"{requirement.name} {version} is not {requirement.specifier}"
    try:
        importlib.import_module(MODULES.get(requirement.name, requirement.name.replace("-", "_").lower()))
    except ImportError as error:
        return (
            "" if requirement.name.startswith("types-") else f"{requirement.name} cannot be imported: {error}"
        )
    return ""


def _program(name: str, path: Path, called: str, environment: dict[str, str]) -> Finding:
    """Redis's program says another version under the name Debian gives it."""
    done = subprocess.run(  # noqa: S603 - the program that was found
        [called, "--version"], executable=path, env=environment, capture_output=True, text=True, check=False
    )
    first = (done.stdout + done.stderr).strip().splitlines()[:1]
    remedy = f"{path} does not start: install it again, or remove it so that another is found."
    return Finding(f"{name} program", done.returncode == 0, f"{path}: {' '.join(first)}", remedy)
