"""One verb at one address, as the routes and its contract have it."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tornado.web import RequestHandler

from handlers.base import BaseHandler
from handlers.operations import RAW, Operation, operation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
JSON = "application/json"
_GROUP = re.compile(r"\(([^)]*)\)")
_DIGITS = re.compile(r"\[0-9\]\{1,(\d+)\}")


@dataclass(frozen=True)
class Call:
    """A verb. `patterns` are the regular expressions of the address's parameters, in order."""

    method: str
    pattern: str
    handler: type[BaseHandler]
    contract: Operation

    @property
    def verb(self) -> Any:
        """The method of the handler."""
        return getattr(self.handler, self.method.lower())

    @property
    def patterns(self) -> list[str]:
        """What each parameter of the address looks like."""
        return _GROUP.findall(self.pattern)

    @property
    def parameters(self) -> list[str]:
        """The parameters' names: those of the verb's arguments."""
        return list(inspect.signature(self.verb).parameters)[1 : 1 + len(self.patterns)]

    @property
    def path(self) -> str:
        """The address with the parameters' names in braces."""
        names = iter(self.parameters)
        return _GROUP.sub(lambda _: "{" + next(names) + "}", self.pattern).replace("\\.", ".")

    @property
    def operation_id(self) -> str:
        """The contract's name, or one made of method and address."""
        words = [word for word in re.split(r"[^A-Za-z0-9]+", self.path) if word not in {"", "api", "v1_0"}]
        return self.contract.name or self.method.lower() + "".join(word.capitalize() for word in words)

    @property
    def tag(self) -> str:
        """The noun that the handler's module is called by."""
        return self.handler.__module__.removeprefix("handlers.").split(".")[0]

    @property
    def module(self) -> Any:
        """Where the handler stands; its docstring is the noun's."""
        return sys.modules["handlers." + self.tag]

    @property
    def is_checked(self) -> bool:
        """Whether limit, session, token and login are looked at before the verb."""
        return self.handler.prepare is BaseHandler.prepare

    @property
    def answers_json(self) -> bool:
        """Whether the success is in our envelope."""
        return self.contract.media_type == JSON and self.contract.answer is not RAW


def calls_of(routes: Sequence[tuple[str, type[BaseHandler]]]) -> Iterator[Call]:
    """Every verb of every route, in the routes' order."""
    for pattern, handler in routes:
        for method in METHODS:
            name = method.lower()
            if getattr(handler, name) is not getattr(RequestHandler, name):
                yield Call(method, pattern, handler, operation_of(handler, method) or Operation())


def is_number(pattern: str) -> bool:
    """Whether a parameter is digits."""
    return _DIGITS.fullmatch(pattern) is not None


def largest(pattern: str) -> int:
    """The largest number that has so many digits."""
    match = _DIGITS.fullmatch(pattern)
    return 10 ** int(match[1]) - 1 if match else 0
