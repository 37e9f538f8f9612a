"""The secret addresses: where calendars are read from, and where a house's own calendar is."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag

from server.calendars.model import ReadingFailed, Reason, hint_of, https_of
from server.calendars.refusals import NoSuchExport
from server.outgoing.model import BadUrl

if TYPE_CHECKING:
    from server.outgoing.service import Outgoing
    from server.sealing import Seal

URL_LENGTH = 2000  # once what is not ASCII was quoted
DIGEST_LENGTH = 40  # of hexadecimal: 160 bits
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{40})", re.ASCII)


class Addresses:
    """Other sites' addresses lie encrypted in MySQL; our own lie nowhere: they follow from the key and a version."""

    def __init__(self, seal: Seal, outgoing: Outgoing, public_url: str) -> None:
        self._seal = seal
        self._outgoing = outgoing
        self._public_url = public_url
        self.host = urlsplit(public_url).hostname or "ihome"

    async def admit(self, url: str) -> tuple[str, str]:
        """An address that a user gave, sealed, and what may be shown of it. Raises OutgoingRefused."""
        target = await self._outgoing.check(https_of(url))
        if len(target.url) > URL_LENGTH:
            raise BadUrl
        return self._seal.seal(target.url), hint_of(target.url)

    def open(self, sealed_url: str) -> str:
        """The address. Raises ReadingFailed when the site's secret key is another one than it was."""
        try:
            return self._seal.open(sealed_url)
        except InvalidTag as error:
            raise ReadingFailed(Reason.LOST_ADDRESS) from error

    def export_url(self, house_id: int, version: int) -> str:
        """Where other sites read a house's calendar."""
        return f"{self._public_url}/calendars/{house_id}-{self._digest(house_id, version)}.ics"

    def house_of(self, token: str) -> int:
        """The house that a token claims to be of. Raises NoSuchExport."""
        matched = _TOKEN.fullmatch(token)
        if matched is None:
            raise NoSuchExport
        return int(matched.group(1))

    def check(self, token: str, version: int | None) -> None:
        """Raises NoSuchExport unless the token is that of this version of its house's address."""
        expected = self._digest(self.house_of(token), version or 0)
        if not hmac.compare_digest(token.rpartition("-")[2], expected) or version is None:
            raise NoSuchExport

    def _digest(self, house_id: int, version: int) -> str:
        return self._seal.digest(f"{house_id}/{version}")[:DIGEST_LENGTH]
