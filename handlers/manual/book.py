"""Everything that the document to read shows, in its order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.manual.channel import Channel, read_channel
from handlers.manual.entries import Entry, Reader
from handlers.manual.hooks import Hook, read_hooks
from handlers.manual.schemas import Row, Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from handlers.manual.schemas import Say

ERRNO = re.compile(r"^- `(\d+)` (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Group:
    """The calls under one tag."""

    anchor: str
    name: str
    text: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class NamedShape:
    """An object that several tables link to."""

    name: str
    text: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class ErrnoRow:
    """A code, the HTTP statuses that it comes with, and what it means."""

    errno: str
    statuses: str
    text: str


@dataclass(frozen=True)
class Book:
    """The document."""

    version: str
    origin: str
    groups: tuple[Group, ...]
    channel: Channel
    hooks: tuple[Hook, ...]
    shapes: tuple[NamedShape, ...]
    errnos: tuple[ErrnoRow, ...]

    @property
    def entries(self) -> list[Entry]:
        """All calls."""
        return [entry for group in self.groups for entry in group.entries]

    @property
    def deprecated(self) -> list[Entry]:
        """Calls that will end."""
        return [entry for entry in self.entries if entry.is_deprecated]

    @staticmethod
    def sections(_: Callable[[str], str]) -> list[tuple[str, str]]:
        """Anchors and titles of what holds for every call."""
        return [
            ("auth", _("认证")),
            ("answers", _("请求与返回")),
            ("limits", _("限制")),
            ("once", _("重复的请求")),
            ("paging", _("分页")),
            ("caching", _("缓存")),
            ("deprecation", _("版本与弃用")),
            ("more", _("不止 REST")),
        ]


def make_book(openapi: Mapping[str, Any], asyncapi: Mapping[str, Any], origin: str, say: Say) -> Book:
    """Read both documents. `origin` is the site's address; `say` translates a msgid with its parameters."""
    schemas = {**asyncapi["components"]["schemas"], **openapi["components"]["schemas"]}
    shapes = Shapes(schemas, say)
    groups = tuple(_groups(openapi, origin, shapes))
    channel, hooks = read_channel(asyncapi, shapes), tuple(read_hooks(openapi, shapes))
    return Book(
        version=openapi["info"]["version"],
        origin=origin,
        groups=groups,
        channel=channel,
        hooks=hooks,
        shapes=tuple(_linked(shapes)),
        errnos=tuple(_errnos(openapi, groups)),
    )


def _groups(openapi: Mapping[str, Any], site: str, shapes: Shapes) -> Iterator[Group]:
    """The document's tags in its order, with their calls."""
    entries = list(Reader(openapi, site, shapes).entries())
    texts = {tag["name"]: tag.get("description", "") for tag in openapi.get("tags", ())}
    names = dict.fromkeys([*texts, *(entry.tag for entry in entries)])
    for name in names:
        own = tuple(entry for entry in entries if entry.tag == name)
        if own:
            title, text = _title_of(texts.get(name) or name)
            yield Group(f"calls-{name}", title, text, own)


def _title_of(text: str) -> tuple[str, str]:
    """What a tag is about, and the rest of what is said of it: `Orders: book, look.` is Orders."""
    first, _, rest = text.partition("\n\n")
    title, colon, more = (
        re.split(r"([:：]\s*)", first, maxsplit=1) if re.search(r"[:：]", first) else (first, "", "")
    )
    del colon
    return title.rstrip(".。"), "\n\n".join(part for part in (more, rest) if part)


def _linked(shapes: Shapes) -> Iterator[NamedShape]:
    """What the tables link to; these tables may link to more."""
    told: dict[str, NamedShape] = {}
    while waiting := [name for name in shapes.linked if name not in told]:
        for name in waiting:
            text = shapes[name].get("description", "")
            told[name] = NamedShape(name, text, tuple(shapes.rows({"$ref": f"#/components/schemas/{name}"})))
    yield from (told[name] for name in sorted(told))


def _errnos(openapi: Mapping[str, Any], groups: tuple[Group, ...]) -> Iterator[ErrnoRow]:
    """The table of codes, which the document keeps in the words of its own schema."""
    statuses: dict[str, set[str]] = {"0": {"2xx"}}
    for group in groups:
        for entry in group.entries:
            for refusal in entry.refusals:
                statuses.setdefault(refusal.errno, set()).add(refusal.status)
    for errno, text in ERRNO.findall(openapi["components"]["schemas"]["Errno"]["description"]):
        yield ErrnoRow(errno, " / ".join(sorted(statuses.get(errno, ()))), text)
