"""Documents: parsed, held against the limits and validated once, and remembered within bounds."""

import re
from itertools import islice
from typing import TypeAlias

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValueNode,
    VariableNode,
    parse,
    specified_rules,
    validate,
)

from execution.compiled import Operation, Remembered, remembered
from gateway.edge.limits import Limits
from gateway.edge.overlap import conflicts
from resolvers.context import Caller
from schema.build import SCHEMA
from upstreams.errors import BadInput, CallerError, TooComplex

REMEMBERED_CHARACTERS = 250_000
"""Sum of the lengths of the documents that are remembered; a parsed character takes some 160 bytes."""

MAX_VALIDATION_ERRORS = 20

# `conflicts` stands in for the rule that is left out.
RULES = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)

LITERAL = re.compile(r"\b(String|BlockString|Int|Float) ['\"].*", re.DOTALL)
"""What a syntax error says of a literal that stands in the wrong place; it may be a name or a number."""

SCHEMA_NOT_SHOWN = {
    "off": "The schema is not shown here (INTROSPECTION is off). Read schema.graphql of the release instead.",
    "role": "The schema is shown to developers. Ask with a token that has their role.",
}
INTROSPECTION_GOES_ROUND = (
    "This introspection goes from types to their fields and on to types more than twice. Select fewer levels."
)

Key: TypeAlias = tuple[str, bool]


class Invalid(CallerError):
    """The document cannot run: one or more errors with their places."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


class Document:
    """A valid document, with its operations as they have been asked for."""

    def __init__(self, parsed: DocumentNode, length: int, forms: Remembered) -> None:
        self.parsed = parsed
        self.length = length
        self._forms = forms
        self._operations: dict[str | None, Operation] = {}

    def operation(self, name: str | None) -> Operation:
        """Return the one of this name, or the only one. Raises `BadInput` where there is none such."""
        operation = self._operations.get(name)
        if operation is None:
            operation = self._operations[name] = Operation(self._definition(name), self.parsed, self._forms)
        return operation

    def _definition(self, name: str | None) -> OperationDefinitionNode:
        operations = [node for node in self.parsed.definitions if isinstance(node, OperationDefinitionNode)]
        if name is not None:
            operations = [node for node in operations if node.name and node.name.value == name]
        if len(operations) != 1:
            raise BadInput("Name one operation of the document as `operationName`.")
        return operations[0]


class Documents:
    """Parses and validates. `introspection` is the setting: off, on, or role."""

    def __init__(self, limits: Limits, *, introspection: str) -> None:
        self._limits = limits
        self._introspection = introspection
        self._forms = remembered()
        self._valid: LRUCache[Key, Document] = LRUCache(
            REMEMBERED_CHARACTERS, getsizeof=lambda valid: valid.length
        )

    def read(self, query: str, caller: Caller) -> Document:
        """Return the document. Raises `Invalid`, and `TooComplex` for one beyond the limits."""
        introspects = self._introspection == "on" or (self._introspection == "role" and caller.is_developer)
        key = (query, introspects)
        if key in self._valid:
            return self._valid[key]
        parsed = self._parsed(query)
        self._limits.check(parsed)
        valid = Document(self._validated(parsed, introspects, caller), len(query), self._forms)
        if valid.length <= self._valid.maxsize:
            self._valid[key] = valid
        return valid

    def _parsed(self, query: str) -> DocumentNode:
        self._limits.check_text(query)
        try:
            return parse(query, max_lexical_tokens=self._limits.max_tokens)
        except GraphQLSyntaxError as error:
            # graphql-core has no classes of its own for these; a test holds its words.
            if "tokens. Parsing aborted" in error.message:
                raise TooComplex(
                    f"The document has more lexical tokens than MAX_TOKENS ({self._limits.max_tokens}). "
                    "Ask for fewer fields, or pass values as variables."
                ) from error
            if "Parsing aborted" in error.message:
                raise TooComplex(
                    "The document is nested more than 200 levels deep. Select fewer levels."
                ) from error
            words = LITERAL.sub(r"\1.", error.message)
            placed = GraphQLError(words, source=error.source, positions=error.positions)
            raise Invalid("GRAPHQL_PARSE_FAILED", [placed]) from error

    def _validated(self, document: DocumentNode, introspects: bool, caller: Caller) -> DocumentNode:
        rules = RULES if introspects else (*RULES, NoSchemaIntrospectionCustomRule)
        errors = validate(
            SCHEMA,
            document,
            rules,
            max_errors=MAX_VALIDATION_ERRORS,
            hide_suggestions=not caller.is_developer,
        ) or list(islice(conflicts(document), MAX_VALIDATION_ERRORS))
        if errors and errors[-1].message == "Validation aborted.":
            raise TooComplex(
                "The fragments of this document are nested more than 200 deep, or shared by too many of its "
                "operations. Use fewer fragments, or send its operations one by one."
            )
        if errors:
            raise Invalid("GRAPHQL_VALIDATION_FAILED", [self._in_our_words(error) for error in errors])
        return document

    def _in_our_words(self, error: GraphQLError) -> GraphQLError:
        """Replace what repeats a literal, which may be a name or a number, and what says not what to do."""
        if "introspection has been disabled" in error.message:
            return GraphQLError(SCHEMA_NOT_SHOWN[self._introspection], error.nodes)
        if error.message == "Maximum introspection depth exceeded":
            return GraphQLError(INTROSPECTION_GOES_ROUND, error.nodes)
        node = error.nodes[0] if error.nodes else None
        if not isinstance(node, ValueNode) or isinstance(node, VariableNode) or error.extensions:
            return error
        message = "This value does not fit the type that is asked for here."
        return GraphQLError(message, error.nodes, extensions={"code": "BAD_USER_INPUT"})
