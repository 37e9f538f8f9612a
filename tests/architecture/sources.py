"""What the architecture tests read: the product's modules as text and syntax trees."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file; `path` is relative to the project, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def line_count(self) -> int:
        """Lines of the file."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[FunctionNode]:
        """Every function and method, nested ones too."""
        yield from (node for node in ast.walk(self.tree) if isinstance(node, FunctionNode))

    def at(self, node: ast.stmt | ast.expr | ast.ExceptHandler, what: str) -> str:
        """A violation as the tests print it."""
        return f"{self.path}:{node.lineno} {what}"


def product() -> list[Module]:
    """Every module of server, handlers and main."""
    paths = [ROOT / "main.py", *ROOT.glob("server/**/*.py"), *ROOT.glob("handlers/**/*.py")]
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in sorted(paths)]


def lines_of(function: FunctionNode) -> int:
    """From `def` to the last line, decorators not counted."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: class bodies, decorators, defaults; no function's body."""
    for child in ast.iter_child_nodes(node):
        parts: list[ast.AST] = [child]
        if isinstance(child, FunctionNode | ast.Lambda):
            parts = [*child.args.defaults, *(default for default in child.args.kw_defaults if default)]
            parts += child.decorator_list if isinstance(child, FunctionNode) else []
        for part in parts:
            yield part
            yield from at_import(part)
