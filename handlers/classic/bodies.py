"""What classic pages send: JSON or a form, whatever the Content-Type says; every value may be a string."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qs

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from handlers.wire import (
    OTHER_COMPLAINT,
    Body,
    Day,
    Malformed,
    Number,
    is_text,
    problems_of,
    refuse_constant,
    without_twins,
)
from server.errors import BadFields
from server.houses.model import HouseForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tornado.httputil import HTTPServerRequest

B = TypeVar("B", bound="ClassicBody")
Words = dict[str, str | list[str]]

MAX_FIELDS = 200
MAX_ID_DIGITS = 18
MAX_FACILITIES = 64
USUAL_RATING = 5
UNSAID = frozenset({"", "undefined", "null"})  # what scripts write into an address for "nothing"


class ClassicBody(Body):
    """Base of every classic body: what a page sends too much is ignored."""

    model_config = ConfigDict(extra="ignore")


def _as_id(value: object) -> object:
    if not isinstance(value, str) or not (value.isascii() and value.isdecimal()):
        raise ValueError("no id")
    if len(value) > MAX_ID_DIGITS:
        raise ValueError("no id of ours")
    return int(value)


def _as_ids(value: object) -> object:
    """Several ids: a list, one alone, or with commas between."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise ValueError("no list")  # noqa: TRY004 - pydantic turns it into a complaint
    return tuple(_as_id(part) for part in parts)


Text = Annotated[str, Field(max_length=4000)]
Id = Annotated[int, BeforeValidator(_as_id)]
Ids = Annotated[tuple[int, ...], BeforeValidator(_as_ids), Field(max_length=MAX_FACILITIES)]


class SmsQuery(ClassicBody):
    """A solved captcha."""

    image_code_id: Annotated[str, Field(max_length=64)]
    image_code: Annotated[str, Field(max_length=16)]


class SignUp(ClassicBody):
    """A phone with the code it got, and a password, perhaps twice."""

    mobile: Text
    sms_code: Text
    password: Text
    password2: Text | None = None


class SignIn(ClassicBody):
    """A phone and its password."""

    mobile: Text
    password: Text


class NewName(ClassicBody):
    """The name to be called."""

    name: Text


class RealName(ClassicBody):
    """A name and an ID number as they stand on the card."""

    real_name: Annotated[str, Field(max_length=128)]
    id_card: Annotated[str, Field(max_length=32)]


class HouseInformation(ClassicBody):
    """All fields of a house; money in yuan."""

    title: Text
    address: Text
    area_id: Number
    price: Text
    deposit: Text = "0"
    room_count: Number
    acreage: Number
    unit: Text
    capacity: Number
    beds: Text
    min_days: Number = 1
    max_days: Number = 0
    facility: Ids = ()

    def form(self) -> HouseForm:
        """What the rules look at."""
        return HouseForm(**self.model_dump())


class ImageForm(ClassicBody):
    """Whose picture it is."""

    house_id: Id


class SearchAddress(ClassicBody):
    """The search's query; a day alone is a stay of one night."""

    aid: Text | None = None
    sd: Day | None = None
    ed: Day | None = None
    sk: Text | None = None
    p: Text | None = None

    def arguments(self) -> Mapping[str, Sequence[bytes]]:
        """The query as our own search takes it."""
        start = self.sd or (self.ed - timedelta(days=1) if self.ed else None)
        end = self.ed or (self.sd + timedelta(days=1) if self.sd else None)
        given = {"aid": self.aid, "sd": start, "ed": end, "sk": self.sk, "p": self.p}
        return {name: [str(value).encode()] for name, value in given.items() if value is not None}


class OrderWish(ClassicBody):
    """What is booked."""

    house_id: Id
    start_date: Day
    end_date: Day
    guests: Number = 1


class OrderStep(ClassicBody):
    """What is done with an order. A rejection needs a reason."""

    action: Literal["accept", "reject", "cancel"]
    reason: Text | None = None


class Comment(ClassicBody):
    """A review. These pages have no stars, so that one without a rating counts as content."""

    comment: Text
    rating: Number = USUAL_RATING


def read_body(model: type[B], request: HTTPServerRequest) -> B:
    """The body as `model`. Raises Malformed, BadFields."""
    if request.headers.get("Content-Type", "").lower().startswith("multipart/form-data"):
        return _checked(model, form_words(request.body_arguments))
    try:
        text = request.body.decode("utf-8").strip()
        words = _json_words(text) if text.startswith("{") else _form_words(text)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    return _checked(model, words)


def read_query(model: type[B], request: HTTPServerRequest) -> B:
    """The query string as `model`; `undefined` and `null` are nothing. Raises BadFields."""
    words = form_words(request.query_arguments)
    said = {name: word for name, word in words.items() if isinstance(word, list) or word not in UNSAID}
    return _checked(model, said)


def form_words(arguments: Mapping[str, Sequence[bytes]]) -> Words:
    """What Tornado made of a form or query. Raises BadFields."""
    try:
        texts = {name: [value.decode("utf-8") for value in values] for name, values in arguments.items()}
    except UnicodeDecodeError:
        raise Malformed from None
    return _listed(texts)


def _form_words(text: str) -> Words:
    return _listed(parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))


def _listed(texts: Mapping[str, list[str]]) -> Words:
    """jQuery calls the parts of a list `facility[]`."""
    return {
        name.removesuffix("[]"): values if len(values) > 1 or name.endswith("[]") else values[0]
        for name, values in texts.items()
    }


def _json_words(text: str) -> Words:
    value = json.loads(
        text,
        object_pairs_hook=without_twins,
        parse_constant=refuse_constant,
        parse_int=str,  # a number's own characters, as a form would have them
        parse_float=str,
    )
    return {name: _word(name, word) for name, word in value.items() if word is not None}


def _word(name: str, value: Any) -> str | list[str]:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        return value
    raise BadFields([(name, OTHER_COMPLAINT)])


def _checked(model: type[B], words: Words) -> B:
    said = {name: word for name, word in words.items() if word != ""}
    if unreadable := [name for name, word in said.items() if not all(map(is_text, word))]:
        raise BadFields([(name, OTHER_COMPLAINT) for name in unreadable])
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise BadFields(problems_of(error)) from None
