"""Functions made of generated source, where a selection known only at run time decides what they do.

Nothing that a caller or an upstream wrote may stand in a source: values reach it through `scope` alone.
"""

from collections.abc import Callable, Iterable
from typing import Any


def function(name: str, lines: Iterable[str], scope: dict[str, Any]) -> Callable[..., Any]:
    """Return the function of this name that the lines define, with `scope` for its globals."""
    code = compile("\n".join(lines), f"<generated {name}>", "exec")
    exec(code, scope)  # noqa: S102 - see the module's first words
    made: Callable[..., Any] = scope[name]
    return made


def below(lines: Iterable[str]) -> list[str]:
    """Return lines one level further in."""
    return [f"    {line}" for line in lines]
