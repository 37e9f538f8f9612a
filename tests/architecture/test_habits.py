"""Habits that a tool can check: failures, state at import, docstrings, imports, names."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import Module, at_import, product

BROAD = frozenset({"Exception", "BaseException"})
# All that may be called while a module is imported: values, types, patterns and declarations. No clients.
CALLED_AT_IMPORT = frozenset(
    {
        "AfterValidator", "BeforeValidator", "ConfigDict", "Field", "IPv4Network", "IPv6Network", "N_", "ParamSpec",
        "Path", "PoolSize",
        "SettingsConfigDict", "TypeVar", "TypeVarTuple", "cli.command", "cli.group", "click.group",
        "click.option", "dataclass", "field", "frozenset", "isinstance", "issubclass", "media.command",
        "model_validator", "operation", "orders.command", "public", "range", "re.compile", "str", "timedelta",
        "timezone", "vars",
    }
)  # fmt: skip
# Path, call, and why it may run at import.
IMPORT_EXCEPTIONS = (
    ("main.py", "Path(__file__).resolve", "where the project is"),
    ("server/media/stores/operator.py", "tuple", "collects the library's exception classes"),
    (
        "server/media/stores/operator.py",
        "vars(exceptions).values",
        "collects the library's exception classes",
    ),
    (
        "server/media/picture.py",
        "threading.Lock",
        "warnings.catch_warnings changes the whole process",
    ),
    (
        "server/calendars/reading.py",
        "threading.Lock",
        "icalendar keeps the time zones of a file for the whole process",
    ),
    ("server/calendars/sync.py", "TaskState", "a frozen value: how a task ended"),
    ("server/local/sandbox/couriers.py", "Delays", "a frozen value as a default; it holds seven numbers"),
    ("server/local/sandbox/yuntongxun.py", "Delays", "a frozen value as a default; it holds two numbers"),
    ("server/migrations/env.py", "context.configure", "alembic runs this file as a script"),
    ("server/migrations/env.py", "context.run_migrations", "alembic runs this file as a script"),
)
EMPTY_WORDS = frozenset({"data", "info", "util", "manager", "helper"})
# Path, name, and why it is called so.
NAME_EXCEPTIONS = (("handlers/application.py", "data_received", "Tornado's HTTPMessageDelegate calls it so"),)


def broad_handlers(module: Module) -> list[str]:
    """Handlers and `suppress` for everything that do not raise again."""
    found = [
        module.at(node, "catches everything")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises_again(node)
    ]
    found += [
        module.at(node, "suppresses everything")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress")
        if any(_is_broad(argument) for argument in node.args)
    ]
    return found


def calls_at_import(module: Module) -> list[str]:
    """Calls outside functions that are not on the list; `if __name__ == "__main__"` is a start, no import."""
    started = {
        id(node)
        for statement in module.tree.body
        if isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)
        for node in ast.walk(statement)
    }
    allowed = {call for path, call, _ in IMPORT_EXCEPTIONS if path == module.path} | CALLED_AT_IMPORT
    return [
        module.at(node, f"{ast.unparse(node.func)} is called at import")
        for node in at_import(module.tree)
        if isinstance(node, ast.Call) and id(node) not in started and ast.unparse(node.func) not in allowed
    ]


def global_statements(module: Module) -> list[str]:
    """`global` in a function."""
    return [module.at(node, "global") for node in ast.walk(module.tree) if isinstance(node, ast.Global)]


def missing_docstring(module: Module) -> list[str]:
    """A module whose docstring does not begin with one sentence on a line of its own."""
    first, *rest = (ast.get_docstring(module.tree) or "").split("\n")
    good = first.endswith((".", "…")) and len(first.split()) > 1 and (not rest or not rest[0])
    return [] if good else [f"{module.path} does not say in one line what belongs in it"]


def web_imports(module: Module) -> list[str]:
    """Imports of tornado or handlers."""
    found = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = ["handlers" if node.level > 1 else node.module or ""]
        found += [module.at(node, name) for name in names if name.split(".")[0] in {"tornado", "handlers"}]
    return found


def empty_names(module: Module) -> list[str]:
    """Modules, classes and functions with a word in their name that says nothing."""
    stem = module.path.removesuffix(".py").removesuffix("/__init__")
    found = [module.path for part in stem.split("/") if _words(part) & EMPTY_WORDS]
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found += [
        module.at(node, node.name)
        for node in ast.walk(module.tree)
        if isinstance(node, named) and _words(node.name) & EMPTY_WORDS
        if (module.path, node.name) not in {(path, name) for path, name, _ in NAME_EXCEPTIONS}
    ]
    return found


def _is_broad(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or ast.unparse(one).removeprefix("builtins.") in BROAD for one in kinds)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    leaves = any(isinstance(node, ast.Return) for node in ast.walk(handler))
    return isinstance(last, ast.Raise) and last.exc is None and not leaves


def _words(name: str) -> set[str]:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower() for word in words} | {word.lower().removesuffix("s") for word in words}


def test_no_failure_is_swallowed() -> None:
    assert [found for module in product() for found in broad_handlers(module)] == []


def test_nothing_is_made_at_import() -> None:
    assert [found for module in product() for found in calls_at_import(module)] == []


def test_every_exception_for_imports_is_still_needed() -> None:
    calls = {
        (module.path, ast.unparse(node.func))
        for module in product()
        for node in at_import(module.tree)
        if isinstance(node, ast.Call)
    }

    assert [(path, call) for path, call, _ in IMPORT_EXCEPTIONS if (path, call) not in calls] == []


def test_no_function_writes_a_global() -> None:
    assert [found for module in product() for found in global_statements(module)] == []


def test_every_module_says_what_belongs_in_it() -> None:
    assert [found for module in product() for found in missing_docstring(module)] == []


def test_the_product_knows_no_tornado() -> None:
    server = [module for module in product() if module.path.startswith("server/")]

    assert [found for module in server for found in web_imports(module)] == []


def test_names_say_the_domain() -> None:
    assert [found for module in product() for found in empty_names(module)] == []


def test_every_exception_for_names_is_still_needed() -> None:
    texts = {module.path: module.text for module in product()}

    assert [name for path, name, _ in NAME_EXCEPTIONS if f"def {name}(" not in texts.get(path, "")] == []


def test_handlers_of_everything_are_found_unless_they_raise_again() -> None:
    attempt = "try:\n    f()\nexcept {}:\n    {}\n"

    for kind in ("Exception", "BaseException as e", "(OSError, Exception)"):
        assert broad_handlers(Module("x.py", attempt.format(kind, "log()"))) == ["x.py:3 catches everything"]
        assert broad_handlers(Module("x.py", attempt.format(kind, "raise"))) == []
    assert broad_handlers(Module("x.py", "try:\n    f()\nexcept:\n    pass\n")) != []
    assert broad_handlers(Module("x.py", attempt.format("OSError", "log()"))) == []
    assert broad_handlers(Module("x.py", "with contextlib.suppress(Exception):\n    f()\n")) != []


def test_clients_made_at_import_are_found() -> None:
    assert calls_at_import(Module("x.py", "redis = Redis()")) == ["x.py:1 Redis is called at import"]
    assert calls_at_import(Module("x.py", "class C:\n    pool = create_pool()")) != []
    assert calls_at_import(Module("x.py", "def f(pool=create_pool()): ...")) != []
    assert calls_at_import(Module("x.py", "def f():\n    return create_pool()")) == []
    assert calls_at_import(Module("x.py", "if __name__ == '__main__':\n    run()")) == []
    assert calls_at_import(Module("server/media/model.py", "lock = threading.Lock()")) != []


def test_globals_are_found() -> None:
    assert global_statements(Module("x.py", "def f():\n    global x\n    x = 1")) == ["x.py:2 global"]


def test_a_missing_or_shapeless_docstring_is_found() -> None:
    assert missing_docstring(Module("x.py", "x = 1")) != []
    assert missing_docstring(Module("x.py", '"""Two lines that\nrun on."""')) != []
    assert missing_docstring(Module("x.py", '"""What belongs here."""')) == []
    assert missing_docstring(Module("x.py", '"""What belongs here.\n\nMore."""')) == []


def test_web_imports_are_found_wherever_they_stand() -> None:
    for line in ("import tornado.web", "from tornado import web", "from handlers.base import BaseHandler"):
        assert len(web_imports(Module("server/x.py", f"def f():\n    {line}"))) == 1
    assert web_imports(Module("server/x.py", "from server.errors import Errno\nimport tornadoes")) == []


def test_empty_names_are_found() -> None:
    assert empty_names(Module("server/utils.py", "")) == ["server/utils.py"]
    assert empty_names(Module("server/helpers/__init__.py", "")) == ["server/helpers/__init__.py"]
    assert empty_names(Module("x.py", "class OrderManager: ...\ndef get_data(): ...")) != []
    assert len(empty_names(Module("x.py", "class HTTPInfo: ...\nasync def user_info(): ..."))) == 2
    assert empty_names(Module("x.py", "class Information: ...\ndef database(): ...")) == []
