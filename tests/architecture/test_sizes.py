"""How large things may be: functions, verbs, files, parameter lists."""

from __future__ import annotations

import ast

from tests.architecture.sources import FunctionNode, Module, lines_of, product

FUNCTION_LINES = 50
VERB_LINES = 20
FILE_LINES = 350
PARAMETERS = 5
BASE_LINES = 120
VERBS = frozenset({"get", "post", "put", "patch", "delete"})


def long_functions(module: Module) -> list[str]:
    """Functions of more than FUNCTION_LINES."""
    return [
        module.at(function, f"{function.name} has {lines_of(function)} lines")
        for function in module.functions()
        if lines_of(function) > FUNCTION_LINES
    ]


def long_verbs(module: Module) -> list[str]:
    """Methods of a class, called like an HTTP verb, of more than VERB_LINES."""
    return [
        module.at(method, f"{owner.name}.{method.name} has {lines_of(method)} lines")
        for owner in ast.walk(module.tree)
        if isinstance(owner, ast.ClassDef)
        for method in owner.body
        if isinstance(method, FunctionNode) and method.name in VERBS and lines_of(method) > VERB_LINES
    ]


def long_parameter_lists(module: Module) -> list[str]:
    """Functions that take more than PARAMETERS besides self or cls."""
    return [
        module.at(function, f"{function.name} takes {_parameters(function)} parameters")
        for function in module.functions()
        if _parameters(function) > PARAMETERS
    ]


def long_files(module: Module, limit: int = FILE_LINES) -> list[str]:
    """The file when it has more lines than the limit."""
    return [f"{module.path} has {module.line_count} lines"] if module.line_count > limit else []


def _parameters(function: FunctionNode) -> int:
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_no_function_is_longer_than_a_screen() -> None:
    assert [found for module in product() for found in long_functions(module)] == []


def test_no_verb_of_a_handler_is_longer_than_its_four_moves() -> None:
    handlers = [module for module in product() if module.path.startswith("handlers/")]

    assert [found for module in handlers for found in long_verbs(module)] == []


def test_no_file_is_too_long() -> None:
    assert [found for module in product() for found in long_files(module)] == []


def test_no_function_takes_too_many_parameters() -> None:
    assert [found for module in product() for found in long_parameter_lists(module)] == []


def test_the_base_handler_does_not_grow() -> None:
    """The base handler is where Tornado projects rot.

    Who asks and may they stand there; how answers are written stands in handlers/answers.py.
    """
    base = next(module for module in product() if module.path == "handlers/base.py")

    assert long_files(base, BASE_LINES) == []


def test_a_function_of_51_lines_is_found_and_one_of_50_is_not() -> None:
    def function(lines: int) -> Module:
        return Module("x.py", "@decorated\nasync def f():\n" + "    pass\n" * (lines - 1))

    assert long_functions(function(51)) == ["x.py:2 f has 51 lines"]
    assert long_functions(function(50)) == []


def test_a_verb_of_21_lines_is_found_and_other_methods_are_not() -> None:
    text = "class H:\n    async def {}(self):\n" + "        pass\n" * 20

    assert long_verbs(Module("x.py", text.format("post"))) == ["x.py:2 H.post has 21 lines"]
    assert long_verbs(Module("x.py", text.format("on_message"))) == []


def test_a_file_of_351_lines_is_found() -> None:
    assert long_files(Module("x.py", "pass\n" * 351)) == ["x.py has 351 lines"]
    assert long_files(Module("x.py", "pass\n" * 350)) == []


def test_six_parameters_are_found_and_self_does_not_count() -> None:
    assert long_parameter_lists(Module("x.py", "def f(a, b, c, /, d, e, *, g): ...")) == [
        "x.py:1 f takes 6 parameters"
    ]
    assert long_parameter_lists(Module("x.py", "class C:\n    def f(self, a, b, c, d, *, e): ...")) == []
