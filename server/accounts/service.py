"""The use cases of an account: sign up, sign in and out, reset the password, change name and avatar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.accounts import model, repository
from server.accounts.model import NoSuchUser, User, WrongPassword
from server.db import retried
from server.errors import NotSignedIn
from server.sms.model import Purpose
from server.tokens import repository as tokens_repository

if TYPE_CHECKING:
    from server.accounts.guard import LoginGuard
    from server.accounts.passwords import Passwords
    from server.accounts.sessions import Sessions
    from server.captcha.service import CaptchaService
    from server.db import Database
    from server.houses.changes import HouseChanges
    from server.live.service import LiveService
    from server.media.model import StoredPicture
    from server.media.service import MediaService
    from server.sms.service import SmsService


@dataclass(frozen=True)
class Doors:
    """What lets people in: everything about identity but the users' rows."""

    sessions: Sessions
    guard: LoginGuard
    passwords: Passwords
    captcha: CaptchaService
    sms: SmsService


@dataclass(frozen=True)
class Credentials:
    """A login attempt. `solved` is a captcha's id and answer, when the page showed one.

    `captcha_waived`: the page has no field for one. Then only the refusal applies, with the same counters.
    """

    mobile: str
    password: str
    address: str
    solved: tuple[str, str] | None = None
    captcha_waived: bool = False


class AccountService:
    """All use cases of accounts."""

    def __init__(
        self, database: Database, doors: Doors, media: MediaService, live: LiveService, changes: HouseChanges
    ) -> None:
        self._database = database
        self._doors = doors
        self._media = media
        self._live = live
        self._changes = changes

    async def register(self, mobile: str, sms_code: str, password: str) -> User:
        """A new account for the phone that got the code. Raises WrongSmsCode, SmsTriesUsedUp, MobileTaken."""
        code_id = await self._doors.sms.check(mobile, Purpose.REGISTER, sms_code)
        password_hash = await self._doors.passwords.hash(password)
        return await self._insert(mobile, password_hash, code_id)

    async def sign_in(self, attempt: Credentials) -> User:
        """The user whose phone and password these are.

        Raises WrongPassword, WrongCaptcha, CaptchaRequired, AddressRefused, AccountRefused, StoreUnavailable.
        """
        if attempt.solved:
            await self._doors.captcha.burn(*attempt.solved)
        captcha_next = await self._doors.guard.count(
            attempt.address, attempt.mobile, captcha_solved=bool(attempt.solved) or attempt.captcha_waived
        )
        async with self._database.reading() as cursor:
            row = await repository.find_login(cursor, attempt.mobile)
        stored = row["password_hash"] if row else None
        if not await self._doors.passwords.verify(stored, attempt.password) or row is None:
            raise WrongPassword(captcha_next=captcha_next)
        await self._doors.guard.forgive(attempt.address, attempt.mobile)
        return User.from_row(row)

    async def reset_password(self, mobile: str, sms_code: str, password: str) -> None:
        """Set a new password by SMS, sign out everywhere and revoke every token: somebody else may have made it.

        Raises WrongSmsCode, SmsTriesUsedUp, NoSuchUser.
        """
        code_id = await self._doors.sms.check(mobile, Purpose.RESET, sms_code)
        password_hash = await self._doors.passwords.hash(password)
        user_id, revoked = await self._replace_password(mobile, password_hash, code_id)
        await self._doors.sessions.end_all(user_id)
        await self._doors.sessions.close_sockets(revoked)

    async def get(self, user_id: int) -> User:
        """The signed-in user. Raises NotSignedIn when the account is gone or blocked."""
        async with self._database.reading() as cursor:
            user = await repository.find(cursor, user_id)
        if user is None:
            raise NotSignedIn
        return user

    async def rename(self, user_id: int, name: str) -> User:
        """Change the name; the user's other pages and houses are told. Raises BadName, NameTaken."""
        user, house_ids = await self._rename(user_id, model.check_name(name))
        await self._changes.spread(*house_ids)
        return user

    async def change_avatar(self, user_id: int, upload: bytes) -> User:
        """Change the picture; the user's other pages and houses are told. Raises PictureRefused, StoreUnavailable."""
        stored = await self._media.avatar(upload)
        user, house_ids = await self._set_avatar(user_id, stored)
        await self._changes.spread(*house_ids)
        return user

    @retried
    async def _insert(self, mobile: str, password_hash: str, code_id: int) -> User:
        async with self._database.transaction() as cursor:
            user_id = await repository.insert(cursor, mobile, model.first_name(), password_hash)
            await self._doors.sms.use(cursor, code_id)
            user = await repository.find(cursor, user_id)
        if user is None:
            raise NotSignedIn
        return user

    @retried
    async def _replace_password(self, mobile: str, password_hash: str, code_id: int) -> tuple[int, list[str]]:
        """The user's id, and the digests of the tokens that were revoked."""
        async with self._database.transaction() as cursor:
            row = await repository.find_login(cursor, mobile)
            if row is None:
                raise NoSuchUser
            await self._doors.sms.use(cursor, code_id)
            await repository.set_password(cursor, row["id"], password_hash)
            revoked = await tokens_repository.remove_all(cursor, row["id"])
        return int(row["id"]), revoked

    @retried
    async def _rename(self, user_id: int, name: str) -> tuple[User, list[int]]:
        async with self._database.transaction() as cursor:
            if await repository.lock(cursor, user_id) is None:
                raise NotSignedIn
            await repository.rename(cursor, user_id, name)
            user = await repository.find(cursor, user_id)
            assert user is not None  # noqa: S101 - locked above
            await self._live.announce(cursor, user_id, "profile", user.public())
            house_ids = await self._changes.record_host(cursor, user_id)
        return user, house_ids

    @retried
    async def _set_avatar(self, user_id: int, stored: StoredPicture) -> tuple[User, list[int]]:
        async with self._database.transaction() as cursor:
            user = await repository.lock(cursor, user_id)
            if user is None:
                raise NotSignedIn
            await self._media.replace(cursor, user.avatar_key, stored)
            await repository.set_avatar(cursor, user_id, stored.key)
            changed = await repository.find(cursor, user_id)
            assert changed is not None  # noqa: S101 - locked above
            await self._live.announce(cursor, user_id, "profile", changed.public())
            house_ids = await self._changes.record_host(cursor, user_id)
        return changed, house_ids
