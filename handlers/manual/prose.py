"""The document's sentences as HTML: paragraphs, lists, tables and code; everything else is text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tornado.escape import xhtml_escape

from server.i18n import N_

if TYPE_CHECKING:
    from handlers.manual.schemas import Say

CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*\*([^*]+)\*\*")
RULE = re.compile(r"^\|[\s:|-]+\|$")
RATES = {
    "second": N_("每秒 %(count)s 次"),
    "minute": N_("每分钟 %(count)s 次"),
    "hour": N_("每小时 %(count)s 次"),
}


def prose(text: str) -> str:
    """Paragraphs, `- ` lists, `| ` tables, `code` and **stress**; what looks like HTML is shown as it is."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "".join(_block(block.strip()) for block in blocks if block.strip())


def address(path: str) -> str:
    """A path that breaks before its slashes."""
    return xhtml_escape(path).replace("/", "<wbr>/")


def rate(limit: str, say: Say) -> str:
    """A limit such as 60/minute in words."""
    count, _, unit = limit.partition("/")
    return say(RATES[unit], count=count)


def _block(block: str) -> str:
    lines = block.split("\n")
    if all(line.startswith("- ") for line in lines):
        entries = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
        return f'<ul class="bullets">{entries}</ul>'
    if all(line.startswith("|") for line in lines):
        return _table([line for line in lines if not RULE.match(line)])
    return f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    rows = [[_inline(cell.strip()) for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f'<th scope="col">{cell}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<table class="spec"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _inline(text: str) -> str:
    return STRONG.sub(r"<strong>\1</strong>", CODE.sub(r"<code>\1</code>", xhtml_escape(text)))
