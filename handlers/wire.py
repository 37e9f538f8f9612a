"""JSON in and out: strict bodies, our envelope, and pydantic's complaints in the visitor's words."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from server.errors import BadFields, Errno, IhomeError
from server.houses.model import AMOUNT_COMPLAINT
from server.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

B = TypeVar("B", bound="Body")
Q = TypeVar("Q", bound="Query")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)
_MANY_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


class Body(BaseModel):
    """Base of every request body: unknown fields and lax types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Query(BaseModel):
    """Base of every query string: unknown names are refused, an empty value is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _as_day(value: object) -> object:
    """A day as 2026-11-25 and no other way."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("no day")
    return date.fromisoformat(value)


def _as_number(value: object) -> object:
    """A number in a query: digits."""
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise ValueError("no number")
    return int(value)


def _as_long_number(value: object) -> object:
    """A number that counts what never ends: up to eighteen digits."""
    if not isinstance(value, str) or not _MANY_DIGITS.fullmatch(value):
        raise ValueError("no number")
    return int(value)


Day = Annotated[date, BeforeValidator(_as_day)]
Number = Annotated[int, BeforeValidator(_as_number), Field(json_schema_extra={"maximum": 999_999_999})]
LongNumber = Annotated[
    int, BeforeValidator(_as_long_number), Field(json_schema_extra={"maximum": 10**18 - 1})
]
File = bytes  # of a multipart form, for the interface document


class Malformed(IhomeError):
    """The body is not the JSON that this route takes."""

    errno = Errno.PARAMETER
    status = 400
    message = N_("请求内容不是有效的 JSON")


class NotJson(Malformed):
    """The Content-Type says something else."""

    status = 415
    message = N_("请用 application/json 发送")


class TooLarge(IhomeError):
    """The body is larger than this route takes."""

    errno = Errno.PARAMETER
    status = 413
    message = N_("请求内容太大")


COMPLAINTS = {
    "amount": AMOUNT_COMPLAINT,
    "missing": N_("请填写这一项"),
    "extra_forbidden": N_("不认识的字段"),
    "string_type": N_("应为文字"),
    "string_too_short": N_("太短"),
    "string_too_long": N_("太长"),
    "string_unicode": N_("含有无效字符"),
    "int_type": N_("应为整数"),
    "enum": N_("不是可选的值"),
    "greater_than_equal": N_("超出范围"),
    "less_than_equal": N_("超出范围"),
}
REPEATED = N_("只能给一次")
OTHER_COMPLAINT = N_("格式不正确")


def parse(model: type[B], content_type: str, content: bytes) -> B:
    """The body as `model`. Raises NotJson, Malformed, BadFields."""
    if content_type.split(";", maxsplit=1)[0].strip().lower() != "application/json":
        raise NotJson
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=without_twins,
            parse_constant=refuse_constant,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(value, dict) or not all(is_text(name) for name in value):
        raise Malformed
    _refuse_nul(value)
    try:
        return model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise BadFields(problems_of(error)) from None


def single_texts(arguments: Mapping[str, Sequence[bytes]]) -> dict[str, str]:
    """A query or form in which every name stands once, with its text. Raises BadFields."""
    values: dict[str, str] = {}
    for name, given in arguments.items():
        if len(given) > 1:
            raise BadFields([(name, REPEATED)])
        try:
            values[name] = given[0].decode("utf-8")
        except UnicodeDecodeError:
            raise BadFields([(name, COMPLAINTS["string_unicode"])]) from None
    _refuse_nul(values)
    return values


def parse_query(model: type[Q], arguments: Mapping[str, Sequence[bytes]]) -> Q:
    """A query string as `model`. Raises BadFields."""
    values = {name: text for name, text in single_texts(arguments).items() if text}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise BadFields(problems_of(error)) from None


def envelope(value: object, errmsg: str) -> bytes:
    """A success on the wire."""
    return dump({"errno": Errno.OK.value, "errmsg": errmsg, "data": value})


def envelope_around(encoded: bytes, errmsg: str) -> bytes:
    """A success around a value that is JSON already."""
    return _opening(errmsg) + encoded + b"}"


def failure(error: IhomeError, request_id: str, say: Callable[[str, dict[str, Any]], str]) -> dict[str, Any]:
    """A refusal on the wire; `say` translates a msgid with its parameters."""
    sentence = say(error.message, error.params)
    problems = [(error.field, sentence)] if error.field else []
    if isinstance(error, BadFields):
        problems = [(field, say(message, {})) for field, message in error.problems]
    return {
        "errno": error.errno.value,
        "errmsg": sentence,
        "errors": [{"field": field, "message": message} for field, message in problems],
        "request_id": request_id,
    }


@lru_cache
def _opening(errmsg: str) -> bytes:
    head = dump({"errno": Errno.OK.value, "errmsg": errmsg})
    return head[:-1] + b',"data":'


def dump(value: object) -> bytes:
    """Compact JSON in UTF-8, safe inside HTML."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/").encode()


def problems_of(error: ValidationError) -> list[tuple[str, str]]:
    """Pydantic's complaints as pairs of field and msgid."""
    return [
        (".".join(str(part) for part in one["loc"]), COMPLAINTS.get(one["type"], OTHER_COMPLAINT))
        for one in error.errors(include_input=False, include_url=False)
    ][:20]


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand once each. Raises ValueError."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON. Raises ValueError."""
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError("infinite")
    return number


def _refuse_nul(value: dict[str, Any]) -> None:
    bad = [name for name, text in value.items() if isinstance(text, str) and not is_text(text)]
    if bad:
        raise BadFields([(name, COMPLAINTS["string_unicode"]) for name in bad])


def is_text(text: str) -> bool:
    """Whether MySQL and UTF-8 can hold it: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
