"""The use cases of finding: the search, and the home page's houses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.cache import Cached, CacheKey, encode
from server.houses import repository as houses_repository
from server.houses.model import LISTS_TAG
from server.houses.views import summary_view
from server.nights.model import today_at
from server.photos import repository as photos_repository
from server.search import repository
from server.search.model import (
    MAX_PAGE,
    MAX_TOTAL,
    PAGE_SIZE,
    BadPage,
    Criteria,
    Cursor,
    Page,
    PageAndCursor,
    Sort,
    Total,
)
from server.search.repository import FEW, Source, Span
from server.search.words import pairs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from server.cache import ReadCache
    from server.clock import Clock
    from server.db import Cursor as DatabaseCursor
    from server.db import Database
    from server.i18n import Language
    from server.sealing import Seal
    from server.search.model import Found, Position

LIST_SECONDS = 60
HOME_SIZE = 5
HOME_CANDIDATES = 100
# How many index entries one request looks at, in growing steps, before it answers with what it has and a cursor.
WINDOWS = (2_000, 10_000, 50_000)
COUNTED_WINDOWS = 2  # of these it counts; then the total is a lower bound
PROBED_WORDS = 12
RARE_ENOUGH = 200


class SearchService:
    """Finds houses that are online."""

    def __init__(self, database: Database, cache: ReadCache, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._cache = cache
        self._seal = seal
        self._clock = clock

    async def search(
        self, criteria: Criteria, page: int | None, token: str | None, language: Language
    ) -> Cached:
        """A page of a result: the first, a numbered one, or the one that a cursor's token goes on with.

        A search with dates is never answered from the cache. Raises InThePast, TooFarAhead, BadPage, BadCursor,
        PageAndCursor.
        """
        if token is not None and page is not None:
            raise PageAndCursor
        if page is not None and not 1 <= page <= MAX_PAGE:
            raise BadPage
        resumed = Cursor.parse(token, self._seal, criteria) if token is not None else None

        async def load() -> object:
            return await self._load(criteria, page or 1, resumed, language)

        if criteria.stay:
            criteria.stay.from_today(today_at(self._clock.now()))
            return encode(await load())
        name = f"{criteria.name}|{page or 1}|{token or ''}|{language}"
        return await self._cache.read(CacheKey(LISTS_TAG, name, LIST_SECONDS), load)

    async def home(self, language: Language) -> Cached:
        """The most booked houses that have a picture."""

        async def load() -> object:
            return await self._load_home(language)

        return await self._cache.read(CacheKey(LISTS_TAG, f"home|{language}", LIST_SECONDS), load)

    async def _load(
        self, criteria: Criteria, number: int, resumed: Cursor | None, language: Language
    ) -> dict[str, Any]:
        async with self._database.reading() as cursor:
            page = await find(cursor, criteria, number, resumed)
            houses = await _summaries(cursor, page.found, language)
        return page.view(houses, page.next.token(self._seal, criteria) if page.next else None)

    async def _load_home(self, language: Language) -> dict[str, Any]:
        criteria = Criteria(sort=Sort.BOOKING)
        async with self._database.reading() as cursor:
            found = await repository.ids(
                cursor, repository.along_index(criteria), criteria, Span(), HOME_CANDIDATES
            )
            covers = await photos_repository.covers_of(cursor, [one.house_id for one in found])
            shown = [one for one in found if one.house_id in covers][:HOME_SIZE]
            return {"houses": await _summaries(cursor, shown, language)}


async def find(cursor: DatabaseCursor, criteria: Criteria, number: int, resumed: Cursor | None) -> Page:
    """A page of ids, by number or from where a cursor goes on, with the total."""
    source = await choose_source(cursor, criteria)
    walk = _Walk(cursor, source, criteria, resumed.position if resumed else None)
    total = resumed.total if resumed else await walk.count()
    number = resumed.page if resumed else number
    skipped = 0 if resumed else (number - 1) * PAGE_SIZE
    found, behind = await walk.scan(skipped + PAGE_SIZE)
    if total.capped:
        total = Total(min(MAX_TOTAL, max(total.count, len(found))), capped=True)
    onward = Cursor(behind, number + 1, total) if behind else None
    return Page(tuple(found[skipped:]), number, total, onward)


async def choose_source(cursor: DatabaseCursor, criteria: Criteria) -> Source:
    """A rare word or range of prices when there is one, else the index of the order."""
    best: tuple[int, str] | None = None
    for word in _words(criteria.terms):
        best = min(best or (FEW + 1, word), (await repository.count_word(cursor, word), word))
        if best[0] <= RARE_ENOUGH:
            break
    if best and best[0] <= FEW:
        return repository.by_word(best[1])
    bounded = criteria.price_min is not None or criteria.price_max is not None
    by_price = criteria.sort in {Sort.PRICE_INC, Sort.PRICE_DES}
    if bounded and not by_price and await repository.count_prices(cursor, criteria) <= FEW:
        return repository.by_price(criteria)
    return repository.along_index(criteria)


def _words(terms: Sequence[str]) -> list[str]:
    """What to look up of the terms: their pairs, or a single character."""
    words = {word for term in terms for word in (pairs(term) or {term})}
    return sorted(words, key=lambda word: (-len(word), word))[:PROBED_WORDS]


class _Walk:
    """The order from `start` in growing pieces, so that what hardly anything matches ends in bounded time."""

    def __init__(
        self, cursor: DatabaseCursor, source: Source, criteria: Criteria, start: Position | None
    ) -> None:
        self._cursor = cursor
        self._source = source
        self._criteria = criteria
        self._start = start
        self._spans: list[Span] = []

    async def scan(self, wanted: int) -> tuple[list[Found], Position | None]:
        """Up to `wanted` houses, and the position behind which the next ones are, if there may be any."""
        found: list[Found] = []
        rest = self._start
        async for span in self._pieces():
            limit = wanted + 1 - len(found)
            found += await repository.ids(self._cursor, self._source, self._criteria, span, limit)
            if len(found) > wanted:
                return found[:wanted], found[wanted - 1].position
            rest = span.until
        return found, rest

    async def count(self) -> Total:
        """How many match, as far as a request looks."""
        counted = 0
        rest: Position | None = None
        async for span in self._pieces():
            limit = MAX_TOTAL + 1 - counted
            counted += await repository.count(self._cursor, self._source, self._criteria, span, limit)
            if counted > MAX_TOTAL:
                return Total(MAX_TOTAL, capped=True)
            rest = span.until
            if len(self._spans) == COUNTED_WINDOWS:
                break
        return Total(counted, capped=rest is not None)

    async def _pieces(self) -> AsyncIterator[Span]:
        """The last one ends at the end of the order (`until` None) or where a request has looked at enough."""
        if self._source.is_small or not self._criteria.has_filters:
            yield Span(self._start)
            return
        for number, rows in enumerate(WINDOWS):
            if number == len(self._spans):
                after = self._spans[-1].until if self._spans else self._start
                until = await repository.position_behind(self._cursor, self._criteria, after, rows)
                self._spans.append(Span(after, until))
            yield self._spans[number]
            if self._spans[number].until is None:
                return


async def _summaries(
    cursor: DatabaseCursor, found: Sequence[Found], language: Language
) -> list[dict[str, Any]]:
    house_ids = [one.house_id for one in found]
    houses = await houses_repository.find_all(cursor, house_ids)
    covers = await photos_repository.covers_of(cursor, house_ids)
    return [summary_view(house, covers.get(house.house_id), language) for house in houses]
