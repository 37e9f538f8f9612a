"""The demo as local mode sees it: whether it is there, the process that writes it, and what `run` says of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from server.local import children, process
from server.seed.model import DEMO_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from server.local.keeper import Place
    from server.settings import Settings

ACCOUNTS = f"演示账号 (demo): 房东 13800000001，房客 13800000002，密码 {DEMO_PASSWORD}"


class DemoMark(StrEnum):
    """What the state folder remembers of the demo, in a file that is written when a step is over."""

    BEGUN = "begun"
    DONE = "done"
    SKIPPED = "skipped"  # somebody had houses already, or one of the phones


def read_mark(state: Path) -> DemoMark | None:
    """How far the demo is; None before its beginning."""
    try:
        return DemoMark((state / "demo").read_text("utf-8").strip())
    except (FileNotFoundError, ValueError):
        return None


def write_mark(state: Path, mark: DemoMark) -> None:
    """Remember, whole or not at all."""
    draft = state / "demo.new"
    draft.write_text(f"{mark}\n", "utf-8")
    draft.replace(state / "demo")


def is_missing(settings: Settings, state: Path) -> bool:
    """Whether it is wanted and not there, or not all of it."""
    return settings.demo == "on" and read_mark(state) not in {DemoMark.DONE, DemoMark.SKIPPED}


def sentences(settings: Settings, state: Path) -> list[str]:
    """What to say of it when the site is ready."""
    if settings.demo == "off" or read_mark(state) is DemoMark.SKIPPED:
        return []
    drawing = ["演示房源正在绘制，会一套一套地出现。"] if is_missing(settings, state) else []
    return [ACCOUNTS, *drawing]


async def write(place: Place, environment: Mapping[str, str]) -> None:
    """Run the process that writes it to its end, and say how that was. Cancelled, it stops the process."""
    log = place.folder.logs / "demo.log"
    process.rotate(log)
    running = await process.spawn(children.command_line(place.root, "demo"), environment, place.root, log)
    identity = process.identify(running.pid)
    if identity is not None:
        process.write_record(place.folder.run, "demo", identity)
    try:
        code = await running.wait()
    finally:
        if running.returncode is None:
            running.kill()  # it holds nothing that a next start cannot complete
            await running.wait()
        (place.folder.run / "demo.pid").unlink(missing_ok=True)
    if code != 0:
        place.say(
            f"The demo is not complete ({process.how_it_ended(code)}); the next start goes on with it. "
            f"The end of {log}:\n{process.tail(log)}"
        )
    elif read_mark(place.folder.root) is DemoMark.DONE:
        place.say("演示房源已就绪。")
