"""Functions made of generated source, where a selection known only at run time decides what they do.

Nothing that a caller or an upstream wrote may stand in a source: values reach it through `scope` alone.
"""

from collections.abc import Callable, Iterable, Iterator
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


def trimmed(of: str, *names: str) -> Iterator[str]:
    """Return the reading of texts that are an object's attributes: a blank one is none.

    To set an attribute takes longer than to look whether it has to be set.
    """
    for name in names:
        yield f"text = {of}.{name}"
        yield f"if text is not None and (trim := text.strip() or None) is not text: {of}.{name} = trim"
