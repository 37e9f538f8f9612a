"""Captchas, SMS codes, accounts and sessions as classic pages ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from handlers.access import public
from handlers.accounts import MULTIPART_OVERHEAD, begin_session
from handlers.captcha import ImageCodeHandler
from handlers.classic.base import ClassicHandler
from handlers.classic.bodies import NewName, RealName, SignIn, SignUp, SmsQuery, read_body, read_query
from handlers.classic.views import user_view
from handlers.failures import failure_sentence
from handlers.identities import pass_check
from handlers.security import ensure_session_cookies, set_session_cookies
from handlers.sms import AskForCode, queue_code
from server.accounts.model import NoAvatar, check_mobile, check_password
from server.accounts.service import Credentials
from server.captcha.model import BadCaptchaId, captcha_id
from server.errors import Errno
from server.i18n import N_
from server.live.model import Listener
from server.media.model import MAX_FILE_BYTES
from server.sms.model import Purpose

if TYPE_CHECKING:
    from handlers.base import BaseHandler
    from server.accounts.model import User

SMS_SECONDS = 20.0
MAX_PAGE_ID = 64
STILL_SENDING = N_("短信还在发送，请稍等片刻再看手机")


@public("60/minute")
class ClassicImageCode(ClassicHandler, ImageCodeHandler):
    """A picture for the page's own id, whatever the page calls it."""

    async def get(self, page_id: str) -> None:
        """A new picture each time; its answer lives 180 s."""
        await ImageCodeHandler.get(self, own_captcha_id(self, page_id))


@public("30/minute")
class ClassicSmsCode(ClassicHandler):
    """A code for a new account, by SMS."""

    async def get(self, mobile: str) -> None:
        """Answer once the platform took the message, or say why it did not, or that nobody knows yet."""
        query = read_query(SmsQuery, self.request)
        wish = AskForCode(
            mobile=mobile,
            image_code_id=own_captcha_id(self, query.image_code_id),
            image_code=query.image_code,
            purpose=Purpose.REGISTER,
        )
        task_id = await queue_code(self, wish)
        listener = Listener(self.session_digest, None, self.address)
        state = await self.services.board.outcome(listener, task_id, SMS_SECONDS)
        if state.state == "sent":
            self.succeed()
            return
        why = failure_sentence(task_id, state.reason) if state.is_final else STILL_SENDING
        self.refuse(Errno.THIRD_PARTY, self.say(why or STILL_SENDING))


@public("30/minute")
class ClassicUsers(ClassicHandler):
    """New accounts."""

    async def post(self) -> None:
        """Sign up; the answer is signed in."""
        body = read_body(SignUp, self.request)
        mobile = check_mobile(body.mobile)
        password = check_password(body.password, body.password2 or body.password)
        user = await self.services.accounts.register(mobile, body.sms_code, password)
        await begin_session(self, user)
        self.succeed(_short(user))


@public("300/minute")
class ClassicSession(ClassicHandler):
    """Who am I; sign in and out. Pages differ in whether they call it one session or several."""

    async def get(self) -> None:
        """The user's name; 4101 when nobody is signed in."""
        ensure_session_cookies(self)  # also for nobody: the pages may come from elsewhere
        self.succeed(_short(await self.services.accounts.get(self.signed_in_user)))

    async def post(self) -> None:
        """The page has no field for a captcha: the refusal after five failures, counted for both prefixes, stands."""
        body = read_body(SignIn, self.request)
        attempt = Credentials(check_mobile(body.mobile), body.password, self.address, captcha_waived=True)
        user = await self.services.accounts.sign_in(attempt)
        await begin_session(self, user)
        self.succeed(_short(user))

    async def delete(self) -> None:
        """Sign out here."""
        user_id = self.signed_in_user
        await self.services.sessions.end(self.session_id or "", user_id)
        set_session_cookies(self, self.services.sessions.new_id())
        self.succeed()


class ClassicProfile(ClassicHandler):
    """The own profile."""

    async def get(self) -> None:
        """Name, masked mobile, picture."""
        self.succeed(user_view(await self.services.accounts.get(self.signed_in_user)))


class ClassicName(ClassicHandler):
    """The own name."""

    limit = "30/minute"

    async def put(self) -> None:
        """Change it; a taken one is 4001 here."""
        name = read_body(NewName, self.request).name
        user = await self.services.accounts.rename(self.signed_in_user, name)
        self.succeed({"name": user.name})


class ClassicAvatar(ClassicHandler):
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


class ClassicRealNameCheck(ClassicHandler):
    """The own identity, always masked."""

    limit = "60/minute"

    async def get(self) -> None:
        """What the user was verified as; null for both before."""
        self.succeed(await self.services.identities.view(self.signed_in_user))

    async def post(self) -> None:
        """Pass the check, once."""
        body = read_body(RealName, self.request)
        self.succeed(await pass_check(self, body.real_name, body.id_card))


def own_captcha_id(handler: BaseHandler, page_id: str) -> str:
    """The page's id when it is a UUID; another one becomes a UUID of this visitor's own. Raises BadCaptchaId."""
    try:
        return captcha_id(page_id)
    except BadCaptchaId:
        if not 0 < len(page_id) <= MAX_PAGE_ID:
            raise
        return str(uuid5(NAMESPACE_URL, f"{handler.session_digest}/{page_id}"))


def _short(user: User) -> dict[str, object]:
    return {"user_id": user.user_id, "name": user.name}
