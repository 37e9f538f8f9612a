"""Accounts: sign up, sign in and out, password, profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from handlers.access import public
from handlers.base import BaseHandler
from handlers.security import ensure_session_cookies, set_session_cookies
from handlers.wire import Body
from server.accounts.model import NoAvatar, WrongPassword, check_mobile, check_password
from server.accounts.service import Credentials
from server.media.model import MAX_FILE_BYTES

if TYPE_CHECKING:
    from server.accounts.model import User
    from server.errors import IhomeError

Text = Annotated[str, Field(max_length=128)]
MULTIPART_OVERHEAD = 64 * 1024


class SignUp(Body):
    """A phone with the code it got, and a password twice."""

    mobile: Text
    sms_code: Text
    password: Text
    password2: Text


class SignIn(Body):
    """A phone and its password; a captcha when one was demanded."""

    mobile: Text
    password: Text
    image_code_id: Text | None = None
    image_code: Text | None = None

    def credentials(self, address: str) -> Credentials:
        """The attempt."""
        solved = (self.image_code_id, self.image_code) if self.image_code_id and self.image_code else None
        return Credentials(check_mobile(self.mobile), self.password, address, solved)


class NewName(Body):
    """The name to be called."""

    name: Text


@public("30/minute")
class UsersHandler(BaseHandler):
    """New accounts."""

    async def post(self) -> None:
        """Sign up; the answer is signed in."""
        body = self.parse(SignUp)
        mobile = check_mobile(body.mobile)
        password = check_password(body.password, body.password2)
        user = await self.services.accounts.register(mobile, body.sms_code, password)
        await begin_session(self, user)
        self.succeed(profile(user), 201)


@public("60/minute")
class SessionsHandler(BaseHandler):
    """Sign in; sign out everywhere."""

    async def post(self) -> None:
        """Sign in with phone and password; the session's id changes."""
        attempt = self.parse(SignIn).credentials(self.address)
        user = await self.services.accounts.sign_in(attempt)
        await begin_session(self, user)
        self.succeed(profile(user), 201)

    async def delete(self) -> None:
        """Sign out everywhere."""
        await self.services.sessions.end_all(self.signed_in_user)
        set_session_cookies(self, self.services.sessions.new_id())
        self.succeed()

    def refusal_body(self, error: IhomeError) -> dict[str, Any]:
        """Tell the page to show a captcha when the next attempt needs one."""
        body = super().refusal_body(error)
        if isinstance(error, WrongPassword) and error.captcha_next:
            body["errors"] = [{"field": "image_code", "message": self.say("请输入图片验证码")}]
        return body


@public("300/minute")
class SessionHandler(BaseHandler):
    """Who am I."""

    async def get(self) -> None:
        """The signed-in user's name and picture, and a CSRF token; 4101 when nobody is signed in."""
        if self.session_id and self.user_id is None:
            self.user_id = await self.services.sessions.user_id(self.session_id)
        ensure_session_cookies(self)  # also for nobody: a program begins here
        user = await self.services.accounts.get(self.signed_in_user)
        token = self.services.sessions.csrf_token(self.session_id or "")
        self.succeed({"user_id": user.user_id, **user.public(), "csrf_token": token})

    async def delete(self) -> None:
        """Sign out here."""
        user_id = self.signed_in_user
        await self.services.sessions.end(self.session_id or "", user_id)
        set_session_cookies(self, self.services.sessions.new_id())
        self.succeed()


@public("30/minute")
class PasswordHandler(BaseHandler):
    """A new password by SMS."""

    async def put(self) -> None:
        """Set it and sign out everywhere."""
        body = self.parse(SignUp)
        mobile = check_mobile(body.mobile)
        password = check_password(body.password, body.password2)
        await self.services.accounts.reset_password(mobile, body.sms_code, password)
        self.succeed()


class UserHandler(BaseHandler):
    """The own profile."""

    async def get(self) -> None:
        """The profile with the masked mobile, and whether the real-name check was passed."""
        user = await self.services.accounts.get(self.signed_in_user)
        self.succeed({**profile(user), "verified": await self.services.identities.is_verified(user.user_id)})


class NameHandler(BaseHandler):
    """The own name."""

    limit = "30/minute"

    async def put(self) -> None:
        """Change it."""
        user = await self.services.accounts.rename(self.signed_in_user, self.parse(NewName).name)
        self.succeed({"name": user.name})


class AvatarHandler(BaseHandler):
    """The own picture."""

    limit = "30/minute"
    max_body_bytes = MAX_FILE_BYTES + MULTIPART_OVERHEAD

    async def post(self) -> None:
        """Change it: multipart, one file in the field `avatar`."""
        files = self.request.files.get("avatar")
        if not files:
            raise NoAvatar
        user = await self.services.accounts.change_avatar(self.signed_in_user, files[0].body)
        self.succeed({"avatar_url": user.avatar_url})


async def begin_session(handler: BaseHandler, user: User) -> None:
    """Sign the user in under a fresh session; one that was signed in before ends."""
    if handler.session_id and handler.user_id:
        await handler.services.sessions.end(handler.session_id, handler.user_id)
    set_session_cookies(handler, await handler.services.sessions.begin(user.user_id))


def profile(user: User) -> dict[str, Any]:
    """A user as the owner sees it."""
    return {
        "user_id": user.user_id,
        "mobile": user.masked_mobile,
        "create_time": user.created_at.strftime("%Y-%m-%d %H:%M:%S"),
        **user.public(),
    }
