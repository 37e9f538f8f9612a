"""Accounts: sign up, sign in and out, password, profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from handlers.access import public
from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import PICTURES, operation
from handlers.security import ensure_session_cookies, set_session_cookies
from handlers.shapes.accounts import AccountShape, AvatarShape, NameShape, ProfileShape, SessionShape
from handlers.uploads import uploaded
from handlers.wire import Body, File
from server.accounts.model import (
    AccountRefused,
    AddressRefused,
    BadMobile,
    BadName,
    MobileTaken,
    NameTaken,
    NoAvatar,
    NoSuchUser,
    PasswordsDiffer,
    WeakPassword,
    WrongPassword,
    check_mobile,
    check_password,
)
from server.accounts.service import Credentials
from server.captcha.model import BadCaptchaId, CaptchaRequired, WrongCaptcha
from server.errors import NotSignedIn, Overloaded
from server.media.model import MAX_FILE_BYTES
from server.sms.model import SmsTriesUsedUp, WrongSmsCode
from server.tokens.model import Scope

if TYPE_CHECKING:
    from server.accounts.model import User
    from server.errors import IhomeError

Text = Annotated[str, Field(max_length=128)]
MULTIPART_OVERHEAD = 64 * 1024


class SignUp(Body):
    """A phone with the code it got, and a password twice."""

    mobile: Text = Field(description="eleven digits", examples=["13900000001"])
    sms_code: Text = Field(description="the six digits that the phone got", examples=["048213"])
    password: Text = Field(description="8 to 64 characters", examples=["correct horse battery"])
    password2: Text = Field(description="the same again", examples=["correct horse battery"])


class SignIn(Body):
    """A phone and its password; a captcha when one was demanded."""

    mobile: Text = Field(description="eleven digits", examples=["13900000001"])
    password: Text = Field(description="the password", examples=["correct horse battery"])
    image_code_id: Text | None = Field(
        None,
        description="the captcha's UUID, when one was demanded",
        examples=["0f4a3c5e-7d1b-4a6e-9c2f-8b7d6e5f4a3c"],
    )
    image_code: Text | None = Field(None, description="what the captcha shows", examples=["X7KP"])

    def credentials(self, address: str) -> Credentials:
        """The attempt."""
        solved = (self.image_code_id, self.image_code) if self.image_code_id and self.image_code else None
        return Credentials(check_mobile(self.mobile), self.password, address, solved)


class NewName(Body):
    """The name to be called."""

    name: Text = Field(description="2 to 24 characters, none of them special", examples=["张三"])


class AvatarForm(Body):
    """A picture: JPEG, PNG or WebP, at most 8 MiB. It is decoded and written anew; what else was in it is gone."""

    avatar: File = Field(description="the file")


@public("30/minute")
class UsersHandler(BaseHandler):
    """New accounts."""

    @operation(
        name="signUp",
        body=SignUp,
        answer=AccountShape,
        status=201,
        refusals=(
            BadMobile, WeakPassword, PasswordsDiffer, WrongSmsCode, SmsTriesUsedUp, MobileTaken, Overloaded,
        ),
    )  # fmt: skip
    async def post(self) -> None:
        """Make an account for a phone that got a code; the answer is signed in, its cookies are a new session's."""
        body = self.parse(SignUp)
        mobile = check_mobile(body.mobile)
        password = check_password(body.password, body.password2)
        user = await self.services.accounts.register(mobile, body.sms_code, password)
        await begin_session(self, user)
        self.succeed(profile(user), 201, location=address("user"))


@public("60/minute")
class SessionsHandler(BaseHandler):
    """Sign in; sign out everywhere."""

    @operation(
        name="signIn",
        body=SignIn,
        answer=AccountShape,
        status=201,
        refusals=(
            BadMobile, WrongPassword, CaptchaRequired, WrongCaptcha, BadCaptchaId, AddressRefused,
            AccountRefused, Overloaded,
        ),
    )  # fmt: skip
    async def post(self) -> None:
        """Sign in with phone and password; the session's id changes.

        After three failures a captcha is demanded: a 401 that names `image_code` among its errors says so in advance.
        After five, nothing is looked at for five minutes.
        """
        attempt = self.parse(SignIn).credentials(self.address)
        user = await self.services.accounts.sign_in(attempt)
        await begin_session(self, user)
        self.succeed(profile(user), 201, location=address("session"))

    @operation(name="signOutEverywhere", refusals=(NotSignedIn,))
    async def delete(self) -> None:
        """Sign out everywhere: every session of the user ends."""
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

    kept = "no-store"  # a CSRF token is in it

    @operation(name="whoAmI", answer=SessionShape, refusals=(NotSignedIn,))
    async def get(self) -> None:
        """The signed-in user's name and picture, and a CSRF token.

        Nobody signed in is errno 4101; the cookies of a fresh session come with it all the same: begin here.
        """
        if self.session_id and self.user_id is None:
            self.user_id = await self.services.sessions.user_id(self.session_id)
        ensure_session_cookies(self)  # also for nobody: a program begins here
        user = await self.services.accounts.get(self.signed_in_user)
        token = self.services.sessions.csrf_token(self.session_id or "")
        self.succeed({"user_id": user.user_id, **user.public(), "csrf_token": token})

    @operation(name="signOut", refusals=(NotSignedIn,))
    async def delete(self) -> None:
        """Sign out: this session ends."""
        user_id = self.signed_in_user
        await self.services.sessions.end(self.session_id or "", user_id)
        set_session_cookies(self, self.services.sessions.new_id())
        self.succeed()


@public("30/minute")
class PasswordHandler(BaseHandler):
    """A new password by SMS."""

    @operation(
        name="resetPassword",
        body=SignUp,
        refusals=(
            BadMobile, WeakPassword, PasswordsDiffer, WrongSmsCode, SmsTriesUsedUp, NoSuchUser, Overloaded,
        ),
    )  # fmt: skip
    async def put(self) -> None:
        """Set a new password with a code for this purpose, and sign out everywhere."""
        body = self.parse(SignUp)
        mobile = check_mobile(body.mobile)
        password = check_password(body.password, body.password2)
        await self.services.accounts.reset_password(mobile, body.sms_code, password)
        self.succeed()


class UserHandler(BaseHandler):
    """The own profile."""

    @operation(name="getProfile", answer=ProfileShape, scope=Scope.READ)
    async def get(self) -> None:
        """The own profile with the masked mobile, and whether the real-name check was passed."""
        user = await self.services.accounts.get(self.signed_in_user)
        self.succeed({**profile(user), "verified": await self.services.identities.is_verified(user.user_id)})


class NameHandler(BaseHandler):
    """The own name."""

    limit = "30/minute"

    @operation(name="changeName", body=NewName, answer=NameShape, refusals=(BadName, NameTaken))
    async def put(self) -> None:
        """Change the own name; other pages and the own houses show it at once."""
        user = await self.services.accounts.rename(self.signed_in_user, self.parse(NewName).name)
        self.succeed({"name": user.name})


class AvatarHandler(BaseHandler):
    """The own picture."""

    limit = "30/minute"
    max_body_bytes = MAX_FILE_BYTES + MULTIPART_OVERHEAD

    @operation(
        name="changeAvatar",
        form=AvatarForm,
        answer=AvatarShape,
        refusals=(NoAvatar, *PICTURES, Overloaded),
    )
    async def post(self) -> None:
        """Change the own picture: multipart, one file in the field `avatar`."""
        upload = uploaded(self.request, "avatar")
        if upload is None:
            raise NoAvatar
        user = await self.services.accounts.change_avatar(self.signed_in_user, upload)
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
