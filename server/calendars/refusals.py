"""What the use cases of calendars refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.calendars.model import MAX_FEEDS, SENTENCES
from server.errors import BadField, Conflict, NoSuchThing
from server.i18n import N_

if TYPE_CHECKING:
    from server.calendars.model import Reason

NAME_LENGTH = 64


class NoSuchFeed(NoSuchThing):
    """The house has no such calendar, or is not this user's."""

    message = N_("没有找到这个日历")


class NoSuchExport(NoSuchThing):
    """No calendar has this address, or not any more."""

    message = N_("没有这个日历")


class BadFeedName(BadField):
    """Nothing, or too much, to call a calendar by."""

    field = "name"
    message = N_("名称应为 1 到 64 个字")


class HasNoUrl(BadField):
    """A calendar from a file has no address."""

    field = "url"
    message = N_("从文件导入的日历没有链接，请重新上传文件")


class NoFile(BadField):
    """The form has no file."""

    field = "calendar"
    message = N_("请选择一个 .ics 文件")


class BadCalendarFile(BadField):
    """A file that is no calendar; `message` says why."""

    field = "calendar"
    message = N_("内容不是 iCalendar 日历")

    def __init__(self, reason: Reason) -> None:
        super().__init__()
        self.message = SENTENCES[reason]  # type: ignore[misc]  # each file has its own trouble


class TooManyFeeds(Conflict):
    """The house has as many calendars as it may."""

    field = "url"
    message = N_("每个房源最多 %(count)d 个日历")

    def __init__(self) -> None:
        super().__init__(count=MAX_FEEDS)


class NameTaken(Conflict):
    """Another calendar of the house is called so."""

    field = "name"
    message = N_("已经有一个同名的日历")


def check_name(name: str) -> str:
    """Raises BadFeedName."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable():
        raise BadFeedName
    return name
