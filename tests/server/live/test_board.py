"""The board's indexes: who leaves takes nothing of others, and nothing of those who left stays."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.errors import StoreUnavailable
from server.live.board import SOCKETS_PER_USER, Board, _UserFeed
from server.live.houses import HouseBoard
from server.live.model import CloseCode, Listener, LiveEvent, TooManySockets, TooManyWatches
from server.outbox.model import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tornado.ioloop import IOLoop


class Feed:
    """The hub without Redis: what is watched, and by whom."""

    def __init__(self) -> None:
        self.watched: dict[str, list[Callable[[dict[str, Any]], None]]] = {}
        self.control: Callable[[dict[str, Any]], None] = lambda _message: None

    def on_control(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self.control = callback

    def watch(self, task_id: str, callback: Callable[[dict[str, Any]], None]) -> None:
        self.watched.setdefault(task_id, []).append(callback)

    def unwatch(self, task_id: str, callback: Callable[[dict[str, Any]], None]) -> None:
        self.watched[task_id].remove(callback)
        if not self.watched[task_id]:
            del self.watched[task_id]


class Known:
    """What MySQL and the logins say: tasks that were sent, sessions that ended, one log for all, calendars at 1."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.ended_sessions: set[str] = set()
        self.asked: list[list[str]] = []
        self.log: list[LiveEvent] = []
        self.is_away = False

    async def look(self, _task_id: str, _session: str) -> TaskState:
        return TaskState("queued")

    async def final_states(self, task_ids: list[str]) -> dict[str, TaskState]:
        self.asked.append(task_ids)
        return {task_id: TaskState("sent") for task_id in task_ids if task_id in self.sent}

    async def last_seqs(self, user_ids: list[int]) -> dict[int, int]:
        return dict.fromkeys(user_ids, self.log[-1].seq) if self.log else {}

    async def after(self, _user_id: int, seq: int) -> list[LiveEvent]:
        if self.is_away:
            raise StoreUnavailable("mysql")
        return [event for event in self.log if event.seq > seq]

    async def ended(self, digests: list[str]) -> list[str]:
        self.asked.append(digests)
        return [digest for digest in digests if digest in self.ended_sessions]

    async def version(self, _viewer_id: int | None, _house_id: int) -> int:
        return 1

    async def versions(self, house_ids: Sequence[int]) -> dict[int, int]:
        return dict.fromkeys(house_ids, 1)


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
def board(feed: Feed, known: Known) -> Board:
    return Board(feed, known, known, known, sockets_per_ip=2)  # type: ignore[arg-type]


@pytest.fixture
def houses(feed: Feed, known: Known) -> HouseBoard:
    return HouseBoard(feed, known)  # type: ignore[arg-type]


def admitted(board: Board, session: str, user_id: int | None = None, address: str = "") -> Listener:
    listener = Listener(session, user_id, address or session)
    board.admit(listener)
    return listener


def events(*seqs: int) -> list[LiveEvent]:
    return [LiveEvent(seq, "profile", {}) for seq in seqs]


def heard(listener: Listener) -> list[int]:
    """What waits to be written, by number."""
    return [message["seq"] for message in iter(listener.take, None)]


def test_the_end_of_a_session_closes_its_listeners_and_no_others(board: Board, feed: Feed) -> None:
    mine = [admitted(board, "mine", address=address) for address in "ab"]
    gone, other = admitted(board, "mine", address="c"), admitted(board, "other")
    board.leave(gone)

    feed.control({"ended": ["mine", "unknown"]})

    assert [one.close_code for one in mine] == [CloseCode.SIGNED_OUT] * 2
    assert gone.close_code is CloseCode.GOING_AWAY
    assert other.close_code is None


def test_only_places_that_are_free_again_are_given_away(board: Board) -> None:
    first = admitted(board, "one", address="same")
    admitted(board, "two", address="same")
    with pytest.raises(TooManySockets):
        admitted(board, "three", address="same")

    board.leave(first)
    board.leave(first)  # a second time frees no second place

    admitted(board, "three", address="same")
    with pytest.raises(TooManySockets):
        admitted(board, "four", address="same")


def test_a_user_has_so_many_sockets_whether_they_say_hello_or_not(board: Board, io_loop: IOLoop) -> None:
    mine = [admitted(board, "mine", 1, str(number)) for number in range(SOCKETS_PER_USER)]
    io_loop.run_sync(lambda: board.join(mine[0], None))
    with pytest.raises(TooManySockets):
        admitted(board, "other session", 1)

    admitted(board, "other", 2)
    admitted(board, "nobody")
    for _ in range(2):
        board.leave(mine[0])  # a second time frees no second place

    admitted(board, "other session", 1)
    with pytest.raises(TooManySockets):
        admitted(board, "one more", 1)


def test_everybody_who_watches_a_task_hears_of_it_but_who_left(
    board: Board, feed: Feed, io_loop: IOLoop
) -> None:
    watching, also, gone = (admitted(board, session) for session in ("a", "b", "c"))
    for listener in (watching, also, gone):
        io_loop.run_sync(lambda one=listener: board.watch(one, "task"))  # type: ignore[misc]
    board.leave(gone)

    for callback in tuple(feed.watched["task"]):
        callback({"status": "SUCCESS", "result": {"state": "sent"}})

    assert [one.backlog for one in (watching, also, gone)] == [1, 1, 0]
    assert not feed.watched  # a final state ends the watch


def test_the_reconcile_tells_each_watcher_once_and_asks_of_no_other_task(
    board: Board, known: Known, io_loop: IOLoop
) -> None:
    watchers = [admitted(board, session) for session in ("a", "b")]
    for listener in watchers:
        io_loop.run_sync(lambda one=listener: board.watch(one, "lost"))  # type: ignore[misc]
    io_loop.run_sync(lambda: board.watch(watchers[0], "under way"))
    known.sent.add("lost")

    io_loop.run_sync(board.reconcile_once)
    io_loop.run_sync(board.reconcile_once)

    assert [one.backlog for one in watchers] == [1, 1]
    assert known.asked[0] == ["lost", "under way"]
    assert known.asked[2] == ["under way"]


def test_the_reconcile_brings_on_a_page_that_is_behind_the_others_of_its_user(
    board: Board, known: Known, io_loop: IOLoop
) -> None:
    behind, ahead = (admitted(board, "session", 1, address) for address in "ab")
    io_loop.run_sync(lambda: board.join(behind, None))
    known.log, known.is_away = events(1, 2), True
    io_loop.run_sync(
        lambda: board.join(ahead, None)
    )  # both follow the third; what is before it cannot be read
    io_loop.run_sync(lambda: caught_up(board))
    known.is_away = False

    before = heard(behind)
    io_loop.run_sync(board.reconcile_once)
    io_loop.run_sync(board.reconcile_once)

    assert (before, heard(behind), heard(ahead)) == ([], [1, 2], [])


def test_who_waits_for_what_was_purged_hears_what_comes_after_it(
    board: Board, known: Known, feed: Feed, io_loop: IOLoop
) -> None:
    known.log = events(3)
    listener = admitted(board, "session", 1)
    io_loop.run_sync(lambda: board.join(listener, None))
    known.log = events(3, 6)

    io_loop.run_sync(board.reconcile_once)

    assert heard(listener) == [6]
    assert list(feed.watched) == ["live-1-7"]


def test_events_are_for_those_who_know_all_until_then_and_not_more() -> None:
    listeners = [Listener("session", 1, cursor=cursor) for cursor in range(1, 6)]

    Board._hand_out(_UserFeed(1, 6, set(listeners)), 2, events(3, 5))

    assert [heard(one) for one in listeners] == [[], [3, 5], [5], [5], []]
    assert [one.cursor for one in listeners] == [1, 5, 5, 5, 5]


async def caught_up(board: Board) -> None:
    """Until all is over that was begun beside."""
    await asyncio.gather(*board._background)


def test_the_reconcile_asks_for_sessions_of_users_only_and_closes_those_that_ended(
    board: Board, known: Known, io_loop: IOLoop
) -> None:
    user, staying = admitted(board, "user", 1), admitted(board, "staying", 2)
    visitor = admitted(board, "visitor")
    known.ended_sessions.update({"user", "visitor"})

    io_loop.run_sync(board.reconcile_once)

    assert known.asked[-1] == ["staying", "user"]
    assert (user.close_code, staying.close_code, visitor.close_code) == (CloseCode.SIGNED_OUT, None, None)


def test_a_listener_follows_as_many_houses_as_it_may_and_one_of_them_again(
    houses: HouseBoard, monkeypatch: pytest.MonkeyPatch, io_loop: IOLoop
) -> None:
    monkeypatch.setattr("server.live.houses.WATCH_LIMIT", 2)
    listener, other = Listener("session", None), Listener("other", None)

    async def follow(one: Listener, *house_ids: int) -> None:
        for house_id in house_ids:
            await houses.follow(one, house_id)

    io_loop.run_sync(lambda: follow(listener, 1, 2, 1))
    io_loop.run_sync(lambda: follow(other, 3, 1))
    with pytest.raises(TooManyWatches):
        io_loop.run_sync(lambda: follow(listener, 3))  # it is there, for somebody else

    houses.leave(listener)

    assert houses.followed == 2
    io_loop.run_sync(lambda: follow(listener, 3, 2))


def test_nothing_stays_of_those_who_left(
    board: Board, houses: HouseBoard, feed: Feed, io_loop: IOLoop
) -> None:
    listeners = [admitted(board, session, user_id) for session, user_id in (("a", 1), ("b", None))]

    async def use(listener: Listener) -> None:
        await board.join(listener, None)
        await board.watch(listener, "one")
        await board.watch(listener, "two")
        await houses.follow(listener, 7)

    for listener in listeners:
        io_loop.run_sync(lambda one=listener: use(one))  # type: ignore[misc]
    before = len(feed.watched)

    for listener in listeners:
        houses.leave(listener)
        board.leave(listener)

    assert before == 4  # the tasks, the next event and the next version
    assert not feed.watched
    assert not any((board._sessions, board._watchers, board._addresses, board._admitted, board._users))
    assert not any((houses._houses, houses._followed))
