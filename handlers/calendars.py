"""Calendars of other sites: what a house imports from them, and the calendar that it shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.access import public
from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.calendars import ExportShape, FeedShape, FeedsShape, FeedTaskShape
from handlers.uploads import uploaded
from handlers.wire import Body, File, single_texts
from server.calendars.model import MAX_BYTES
from server.calendars.refusals import (
    BadCalendarFile,
    BadFeedName,
    HasNoUrl,
    NameTaken,
    NoFile,
    NoSuchExport,
    NoSuchFeed,
    TooManyFeeds,
)
from server.errors import Overloaded
from server.houses.model import NoSuchHouse
from server.i18n import N_
from server.outgoing.model import (
    BadPort,
    BadScheme,
    BadUrl,
    NotPublic,
    UnknownName,
)
from server.tokens.model import Scope

FIELD = "calendar"
MULTIPART_OVERHEAD = 16 * 1024
READINGS = ("120/hour",)  # that a user may ask for: each keeps a place for as long as a stranger likes
BOOKED, CLOSED = N_("已预订 (iHome)"), N_("不可预订")
ADDRESSES = (BadUrl, BadScheme, BadPort, NotPublic, UnknownName, Overloaded)
Name = Annotated[str, Field(max_length=256, description="what you call it", examples=["Airbnb"])]
Url = Annotated[
    str,
    Field(
        max_length=4000,
        description="where the calendar is: https:// or webcal://",
        examples=["https://www.airbnb.com/calendar/ical/12345.ics?s=0f3a"],
    ),
]


class FeedBody(Body):
    """A calendar of another site."""

    name: Name
    url: Url


class FeedChange(Body):
    """What changes: the name, the address, or both."""

    name: Name | None = None
    url: Url | None = None


class FeedForm(Body):
    """A calendar as a file: iCalendar, at most 1 MiB."""

    name: Name
    calendar: File = Field(description="the file")


class FeedsHandler(BaseHandler):
    """Calendars that a house imports."""

    limit = "120/minute"

    @operation(name="listCalendars", answer=FeedsShape, refusals=(NoSuchHouse,), scope=Scope.READ)
    async def get(self, house_id: str) -> None:
        """The calendars that your house imports: how their last reading went, and what they could not get."""
        self.succeed(await self.services.calendars.page(self.signed_in_user, int(house_id)))

    @operation(
        name="addCalendar",
        body=FeedBody,
        answer=FeedShape,
        status=201,
        refusals=(NoSuchHouse, BadFeedName, NameTaken, TooManyFeeds, *ADDRESSES),
        scope=Scope.HOUSES,
        once=True,
    )
    async def post(self, house_id: str) -> None:
        """Import a calendar from an address. It is read at once, and about every 15 minutes from then on."""
        body = self.parse(FeedBody)
        owner_id, given = self.signed_in_user, (body.name, body.url)
        await self.services.limits.spend(READINGS, "calendar", str(owner_id))
        added = await self.services.calendars.add(
            owner_id, int(house_id), given, self.session_digest, self.once()
        )
        self.succeed(added, 201, location=address("houses", house_id, "calendars", added["calendar_id"]))


class FeedFileHandler(BaseHandler):
    """Calendars that come as files."""

    limit = "60/minute"
    max_body_bytes = MAX_BYTES + MULTIPART_OVERHEAD

    @operation(
        name="uploadCalendar",
        form=FeedForm,
        answer=FeedShape,
        status=201,
        refusals=(NoSuchHouse, BadFeedName, NoFile, BadCalendarFile, NameTaken, TooManyFeeds, Overloaded),
        scope=Scope.HOUSES,
        once=True,
    )
    async def post(self, house_id: str) -> None:
        """Import a calendar from a file: multipart, `name` and `calendar`. It replaces the file of that name."""
        content = uploaded(self.request, FIELD, beside=("name",))
        if content is None:
            raise NoFile
        name = single_texts(self.request.body_arguments).get("name", "")
        once = self.once(name.encode() + b"\0" + content)
        owner_id, given = self.signed_in_user, (name, content)
        added = await self.services.calendars.upload(owner_id, int(house_id), given, once)
        self.succeed(added, 201, location=address("houses", house_id, "calendars", added["calendar_id"]))


class FeedHandler(BaseHandler):
    """One imported calendar."""

    limit = "120/minute"

    @operation(
        name="getCalendarImport", answer=FeedShape, refusals=(NoSuchHouse, NoSuchFeed), scope=Scope.READ
    )
    async def get(self, house_id: str, feed_id: str) -> None:
        """One calendar that your house imports, as the list shows it."""
        self.succeed(await self.services.calendars.show(self.signed_in_user, int(house_id), int(feed_id)))

    @operation(
        name="changeCalendar",
        body=FeedChange,
        answer=FeedShape,
        refusals=(NoSuchHouse, NoSuchFeed, BadFeedName, HasNoUrl, NameTaken, *ADDRESSES),
        scope=Scope.HOUSES,
    )
    async def put(self, house_id: str, feed_id: str) -> None:
        """Call a calendar otherwise, or read it from another address. Its nights stay until that was read."""
        body, owned = self.parse(FeedChange), (self.signed_in_user, int(house_id))
        if body.url is not None:
            await self.services.limits.spend(READINGS, "calendar", str(self.signed_in_user))
        changed = await self.services.calendars.change(
            owned, int(feed_id), body.name, body.url, self.session_digest
        )
        self.succeed(changed)

    @operation(name="deleteCalendar", refusals=(NoSuchHouse, NoSuchFeed), scope=Scope.HOUSES)
    async def delete(self, house_id: str, feed_id: str) -> None:
        """Import it no more; its nights are free at once."""
        await self.services.calendars.remove(self.signed_in_user, int(house_id), int(feed_id))
        self.succeed()


class FeedSyncHandler(BaseHandler):
    """Reading a calendar out of turn."""

    limit = "60/minute"

    @operation(
        name="syncCalendar",
        answer=FeedTaskShape,
        status=202,
        refusals=(NoSuchHouse, NoSuchFeed),
        scope=Scope.HOUSES,
    )
    async def post(self, house_id: str, feed_id: str) -> None:
        """Read a calendar now. The task ends as `sent` when it was read, as `failed` with a reason when not."""
        owner_id, session = self.signed_in_user, self.session_digest
        await self.services.limits.spend(READINGS, "calendar", str(owner_id))
        queued = await self.services.calendars.sync_now(owner_id, int(house_id), int(feed_id), session)
        self.succeed(queued, 202)


class ExportAddressHandler(BaseHandler):
    """The secret address of a house's own calendar."""

    limit = "60/minute"

    @operation(name="getCalendarAddress", answer=ExportShape, refusals=(NoSuchHouse,), scope=Scope.HOUSES)
    async def get(self, house_id: str) -> None:
        """Where other sites read your house's calendar. Whoever knows it sees which nights are taken."""
        self.succeed(await self.services.calendars.export_url(self.signed_in_user, int(house_id)))

    @operation(
        name="renewCalendarAddress",
        answer=ExportShape,
        status=201,
        refusals=(NoSuchHouse,),
        scope=Scope.HOUSES,
        once=True,
    )
    async def post(self, house_id: str) -> None:
        """Make a new address; the one before ends at once."""
        owner_id = self.signed_in_user
        made = await self.services.calendars.rotate_export(owner_id, int(house_id), self.once())
        self.succeed(made, 201, location=address("houses", house_id, "calendars", "export"))

    @operation(name="endCalendarAddress", answer=ExportShape, refusals=(NoSuchHouse,), scope=Scope.HOUSES)
    async def delete(self, house_id: str) -> None:
        """Show the calendar to nobody any more."""
        self.succeed(await self.services.calendars.end_export(self.signed_in_user, int(house_id)))


@public("600/minute")
class ExportHandler(BaseHandler):
    """A house's own calendar, for other sites."""

    @operation(name="readCalendarFile", refusals=(NoSuchExport,), media_type="text/calendar", cached=True)
    async def get(self, token: str) -> None:
        """The calendar as iCalendar: stays and closed nights as all-day events, without anybody's name."""
        exported = await self.services.calendars.exported(token)
        self.set_header("Content-Type", "text/calendar; charset=utf-8")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Vary", "Accept-Language")
        self.set_header("Content-Disposition", f'inline; filename="ihome-{exported.house_id}.ics"')
        self.finish(exported.write(self.say(BOOKED), self.say(CLOSED)))
