"""Mutations of the executor: a line each, changed so that answers come out wrong. The property sees all."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change; `line` stands in the file once. `breaks` says what callers would see."""

    breaks: str
    file: str
    line: str
    replacement: str

    def apply(self, root: Path) -> None:
        """Change the copy of the project under this folder."""
        path = root / self.file
        text = path.read_text()
        assert text.count(self.line) == 1, f"{self.file} has `{self.line}` {text.count(self.line)} times"
        path.write_text(text.replace(self.line, self.replacement))


MUTATIONS = (
    Mutation(
        "an `@include` of false is passed over",
        "execution/selection.py",
        'return include is None or bool(include["if"])',
        "return True",
    ),
    Mutation(
        "of fields that are merged the last alone is answered",
        "execution/selection.py",
        "grouped.setdefault((node.alias or node.name).value, []).append(node)",
        "grouped[(node.alias or node.name).value] = [node]",
    ),
    Mutation(
        "an error stands at the field's name and not at its alias",
        "execution/writer.py",
        'path = f"(*{path}, {self.constant(selected.key)})"',
        'path = f"(*{path}, {self.constant(selected.name)})"',
    ),
    Mutation(
        "a request is answered in the shape that another one's variables gave the operation",
        "execution/compiled.py",
        "form = self, tuple([values.coerced.get(name, Undefined) for name in self._deciding])",
        "form = self, ()",
    ),
    Mutation(
        "the root fields are answered in another order",
        "execution/compiled.py",
        "self._unwritten = {root.key: root.parent.name for root in roots}",
        "self._unwritten = {root.key: root.parent.name for root in reversed(roots)}",
    ),
    Mutation(
        "somebody of whom something failed is written like anybody else",
        "execution/writer.py",
        'at_once.line("if not person.is_whole: raise Unexpected")',
        'at_once.line("pass")',
    ),
    Mutation(
        "a field is answered by the arguments that another request gave it",
        "execution/compiled.py",
        "if node.name.value in BOUND:",
        "if False:",
    ),
)
