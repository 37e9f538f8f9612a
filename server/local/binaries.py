"""Where MariaDB's and Redis's programs are on this machine, and getting them when they are not there.

`python -m server.local.binaries` gets them, `--found` only says whether they are there, `--packages` names
what is missing, `--unpack FOLDER PACKAGE…` lays out any package without root. Needs nothing but the standard
library: it runs before the virtual environment exists.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from server.local.errors import CannotRunHere

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USUAL_FOLDERS = (
    "/usr/sbin",
    "/usr/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/local/mysql/bin",
    "/opt/homebrew/bin",
)
MARIADB_PACKAGES = ("mariadb-server-core", "mariadb-client-core")
REDIS_PACKAGE = "redis-tools"
PROGRAMS = {"mariadbd": ("mariadbd", "mysqld"), "redis": ("redis-server", "redis-check-rdb")}


@dataclass(frozen=True)
class Binaries:
    """The programs of private servers. `prefix` is what stands for / when they were unpacked."""

    mariadbd: Path
    install_db: Path
    redis: Path
    prefix: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def find_binaries(unpacked: Path, folders: Sequence[Path] | None = None) -> Binaries | None:
    """What is installed, and for the rest what was unpacked; None when a program is missing in both."""
    installed = search_path() if folders is None else folders
    inside = [unpacked / "usr/sbin", unpacked / "usr/bin"]
    mariadb = _mariadb(installed) or _mariadb(inside)
    redis = _first(PROGRAMS["redis"], [*installed, *inside])
    if mariadb is None or redis is None:
        return None
    if not any(path.is_relative_to(unpacked) for path in (*mariadb, redis)):
        return Binaries(*mariadb, redis)
    environment = {"LD_LIBRARY_PATH": os.pathsep.join(str(path) for path in library_folders(unpacked))}
    prefix = unpacked if mariadb[0].is_relative_to(unpacked) else None
    return Binaries(*mariadb, redis, prefix, environment)


def get_binaries(unpacked: Path) -> Binaries:
    """Find the programs or install or unpack them. Raises CannotRunHere with what a person can do."""
    found = find_binaries(unpacked)
    if found is not None:
        return found
    if shutil.which("apt-get") is None:
        raise CannotRunHere(
            "MariaDB and Redis are missing. Install mariadbd, mariadb-install-db and redis-server, "
            "or name running servers in IHOME_MYSQL_URL and IHOME_REDIS_URL."
        )
    packages = missing_packages()
    if not _install(packages):
        unpack(packages, unpacked)
    found = find_binaries(unpacked)
    if found is None:
        raise CannotRunHere(
            f"The packages {' '.join(packages)} did not bring MariaDB and Redis. "
            "Name running servers in IHOME_MYSQL_URL and IHOME_REDIS_URL."
        )
    return found


def missing_packages(folders: Sequence[Path] | None = None) -> list[str]:
    """Debian packages that would bring what is missing: programs only, no service is started by them."""
    folders = search_path() if folders is None else folders
    packages: list[str] = []
    if _mariadb(folders) is None:
        packages.extend(_known_name(name) for name in MARIADB_PACKAGES)
    if _first(PROGRAMS["redis"], folders) is None:
        packages.append(REDIS_PACKAGE)
    return packages


def search_path() -> list[Path]:
    """PATH, and the folders that are not on everybody's PATH."""
    named = [part for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    return [Path(part) for part in dict.fromkeys((*named, *USUAL_FOLDERS))]


def library_folders(unpacked: Path) -> list[Path]:
    """The folders with shared libraries in an unpacked tree."""
    roots = [unpacked / "usr/lib", unpacked / "lib"]
    folders = {path.parent for root in roots if root.is_dir() for path in root.rglob("*.so*")}
    return sorted(folder for folder in folders if not {"plugin", "perl"} & set(folder.parts))


def unpack(packages: Sequence[str], unpacked: Path) -> None:
    """Download Debian packages and what they need beyond this machine, into `unpacked`. Needs no root."""
    downloads = unpacked / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    options: list[str] = []
    try:
        wanted = _with_dependencies(packages, options)
    except CannotRunHere:
        options = _own_lists(unpacked)
        wanted = _with_dependencies(packages, options)
    _run(["apt-get", *options, "download", *wanted], downloads)
    for package in sorted(downloads.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(unpacked)], downloads)
    shutil.rmtree(downloads)
    shutil.rmtree(unpacked / "apt", ignore_errors=True)


def _with_dependencies(packages: Sequence[str], options: Sequence[str]) -> list[str]:
    """The packages, and those that apt would install beside them on this machine."""
    plan = _run(
        ["apt-get", *options, "install", "--simulate", "--no-install-recommends", *packages], Path("/")
    )
    planned = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    return sorted({*packages, *planned})


def _own_lists(unpacked: Path) -> list[str]:
    """Package lists of our own, where there are none and no root to fetch them; apt's options to use them."""
    place = unpacked / "apt"
    (place / "lists/partial").mkdir(parents=True, exist_ok=True)
    (place / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State::lists={place / 'lists'}", "-o", f"Dir::Cache={place / 'cache'}"]
    _run(["apt-get", *options, "update"], Path("/"))
    return options


def _mariadb(folders: Sequence[Path]) -> tuple[Path, Path] | None:
    """The server and the script that initialises it: both of one place, or none."""
    mariadbd = _first(PROGRAMS["mariadbd"], folders)
    install_db = _first(("mariadb-install-db",), folders)
    return (mariadbd, install_db) if mariadbd and install_db else None


def _first(names: Sequence[str], folders: Sequence[Path]) -> Path | None:
    for name in names:
        for folder in folders:
            if os.access(folder / name, os.X_OK) and (folder / name).is_file():
                return folder / name
    return None


def _known_name(package: str) -> str:
    """Ubuntu 22.04 writes the version into the names of MariaDB's packages."""
    listing = subprocess.run(  # noqa: S603 - a fixed command
        ["apt-cache", "pkgnames", package],  # noqa: S607 - found on PATH, as every tool here
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    versioned = sorted(name for name in listing if re.fullmatch(rf"{package}-[0-9.]+", name))
    return package if package in listing or not versioned else versioned[-1]


def _install(packages: Sequence[str]) -> bool:
    """Whether root or a sudo that asks nothing could install them."""
    as_root = [] if os.getuid() == 0 else ["sudo", "-n"]
    if as_root and (shutil.which("sudo") is None or _fails(["sudo", "-n", "true"])):
        return False
    install = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y"]
    install += ["--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *packages]
    if _fails(install):
        _run([*as_root, "apt-get", "update"], Path("/"))
        _run(install, Path("/"))
    return True


def _fails(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode != 0  # noqa: S603


def _run(command: Sequence[str], folder: Path) -> str:
    """Its output. Raises CannotRunHere with the last line that it wrote to stderr."""
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(  # noqa: S603 - commands of this file
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CannotRunHere(
            f"`{' '.join(command[:3])} …` failed: {last}\n"
            "Install MariaDB and Redis by hand: apt-get install --no-install-recommends "
            f"{' '.join((*MARIADB_PACKAGES, REDIS_PACKAGE))}"
        )
    return done.stdout


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the programs are there (afterwards)."""
    try:
        return _obey(arguments)
    except CannotRunHere as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _obey(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--unpack"]:
        unpack(arguments[2:], Path(arguments[1]).absolute())
        return 0
    if os.environ.get("IHOME_MYSQL_URL") and os.environ.get("IHOME_REDIS_URL"):
        return 0
    unpacked = Path(os.environ.get("IHOME_STATE") or ".ihome").absolute() / "unpacked"
    found = find_binaries(unpacked)
    if "--packages" in arguments:
        sys.stdout.write("".join(f"{name}\n" for name in ([] if found else missing_packages())))
    elif "--found" in arguments:
        return 0 if found else 1
    else:
        get_binaries(unpacked)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
