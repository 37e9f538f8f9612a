"""SQL stands in `repository.py` and in migrations, nowhere else."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import Module, product

STATEMENT = re.compile(
    r"\s*(?:SELECT\s|INSERT\s+(?:IGNORE\s+)?INTO\s|REPLACE\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    r"|SET\s+SESSION\s|(?:CREATE|ALTER|DROP|TRUNCATE)\s+(?:TABLE|DATABASE)\s|LOCK\s+TABLES\s)",
    re.IGNORECASE,
)
# Path, how the statement begins, and why it may stand there.
EXCEPTIONS = (
    ("server/health.py", "SELECT 1", "a probe reads no table"),
    ("server/db.py", "SET SESSION ", "what every connection says first belongs to the pool"),
    ("server/local/servers.py", "CREATE DATABASE ", "local mode makes the database before any table"),
    ("server/local/reach.py", "SELECT VERSION()", "the doctor asks a server for its version and clock"),
)


def statements(module: Module) -> list[tuple[int, str]]:
    """Line and text of each string that begins like a statement; docstrings are prose, `{…}` becomes `?`."""
    skipped = set()
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Expr):
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
        else:
            continue
        if STATEMENT.match(text):
            found.append((node.lineno, text))
    return found


def strays(module: Module) -> list[str]:
    """Statements outside the places for SQL."""
    if module.path.endswith("/repository.py") or module.path.startswith("server/migrations/"):
        return []
    return [
        f"{module.path}:{line} {text[:40]}"
        for line, text in statements(module)
        if not any(module.path == path and text.startswith(start) for path, start, _ in EXCEPTIONS)
    ]


def test_sql_stands_in_repositories_and_migrations_only() -> None:
    assert [found for module in product() for found in strays(module)] == []


def test_every_exception_is_still_needed() -> None:
    found = {(module.path, text) for module in product() for _, text in statements(module)}

    unused = [
        path
        for path, start, _ in EXCEPTIONS
        if not any(path == where and text.startswith(start) for where, text in found)
    ]

    assert unused == []


def test_statements_are_found_in_plain_joined_and_formatted_strings() -> None:
    text = (
        'a = "SELECT id FROM users"\n'
        'b = f"UPDATE {table} SET name = 1"\n'
        'c = "DELETE FROM " "users"\n'
        'd = """\n    insert into users VALUES (1)"""\n'
        'e = "UPDATE users SET name = %s"\n'
        'g = f"SELECT {columns} FROM users"\n'
    )

    service = Module("server/orders/service.py", text)

    assert sorted(line for line, _ in statements(service)) == [1, 2, 3, 4, 6, 7]
    assert len(strays(service)) == 6
    assert strays(Module("server/orders/repository.py", text)) == []


def test_prose_is_no_statement() -> None:
    prose = '"""SELECT is SQL."""\nx = "update the page"\ny = "selected"\n'

    assert statements(Module("x.py", prose)) == []


def test_an_exception_covers_its_own_statement_only() -> None:
    assert strays(Module("server/health.py", 'x = "SELECT 1"')) == []
    assert strays(Module("server/health.py", 'x = "DELETE FROM users"')) != []
    assert strays(Module("server/metrics.py", 'x = "SELECT 1"')) != []
