"""The inbox keeps what it said it kept, within bounds, through restarts and kills."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from server.local.sandbox import inbox as inbox_module
from server.local.sandbox.inbox import KEPT, LINES_BEFORE_REWRITE, Inbox, Message

if TYPE_CHECKING:
    from pathlib import Path


def message(number: int, mobile: str = "13800138000") -> Message:
    return Message(mobile, f"{number:06d}", 5, "1", f"sid-{number}", "2026-11-24T10:30:00+00:00")


def fill(inbox: Inbox, numbers: range) -> None:
    async def add_all() -> None:
        for number in numbers:
            await inbox.add(message(number))

    asyncio.run(add_all())


def codes(inbox: Inbox, mobile: str | None = None) -> list[str]:
    return [one.code for one in inbox.newest_first(mobile)]


def test_messages_come_newest_first_and_by_number(tmp_path: Path) -> None:
    async def scenario() -> None:
        inbox = Inbox(tmp_path / "inbox.jsonl")
        await inbox.add(message(1))
        await inbox.add(message(2, "13900000000"))
        await inbox.add(message(3))

        assert codes(inbox) == ["000003", "000002", "000001"]
        assert codes(inbox, "13800138000") == ["000003", "000001"]
        assert codes(inbox, "138") == []

    asyncio.run(scenario())


def test_a_restart_finds_the_same_messages(tmp_path: Path) -> None:
    fill(Inbox(tmp_path / "deep" / "inbox.jsonl"), range(3))

    assert codes(Inbox(tmp_path / "deep" / "inbox.jsonl")) == ["000002", "000001", "000000"]


def test_an_older_sandboxs_lines_are_read_and_notices_come_back_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    notice = Message(
        "138", None, None, "2", "sid-9", "2026-11-24T10:30:00+00:00", ("新预订", "四合院", "12-01")
    )
    old = {key: value for key, value in asdict(message(1)).items() if key != "texts"}
    file.write_text(json.dumps(old) + "\n")
    asyncio.run(Inbox(file).add(notice))

    assert Inbox(file).newest_first() == [notice, message(1)]


def test_a_line_that_a_kill_tore_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    fill(Inbox(file), range(2))
    with file.open("ab") as torn:
        torn.write(b'{"mobile": "138\xe9')

    inbox = Inbox(file)
    fill(inbox, range(2, 3))

    assert codes(inbox) == ["000002", "000001", "000000"]
    assert codes(Inbox(file)) == ["000002", "000001", "000000"]


def test_memory_and_file_are_bounded(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    inbox = Inbox(file)

    fill(inbox, range(LINES_BEFORE_REWRITE + 10))

    last = LINES_BEFORE_REWRITE + 9
    assert len(codes(inbox)) == KEPT
    assert len(file.read_text().splitlines()) < LINES_BEFORE_REWRITE
    assert codes(Inbox(file)) == codes(inbox)
    assert codes(inbox)[0] == f"{last:06d}"


def test_many_at_once_are_all_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        await asyncio.gather(*(inbox.add(message(number)) for number in range(50)))

    inbox = Inbox(tmp_path / "inbox.jsonl")
    asyncio.run(scenario())

    assert sorted(codes(Inbox(tmp_path / "inbox.jsonl"))) == [f"{number:06d}" for number in range(50)]


def test_a_page_that_does_not_read_is_bounded_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        inbox = Inbox(tmp_path / "inbox.jsonl")
        with inbox.listening() as queue:
            for number in range(inbox_module.LISTENER_BACKLOG + 5):
                await inbox.add(message(number))

            assert queue.qsize() == inbox_module.LISTENER_BACKLOG
        await inbox.add(message(99))
        assert queue.qsize() == inbox_module.LISTENER_BACKLOG

    asyncio.run(scenario())
