"""Documents: parsed and validated once, and remembered within bounds."""

from dataclasses import dataclass
from typing import TypeAlias

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    ValueNode,
    VariableNode,
    parse,
    specified_rules,
    validate,
)

from resolvers.context import Caller
from schema.build import SCHEMA
from upstreams.errors import CallerError, TooComplex

REMEMBERED_CHARACTERS = 250_000
"""Sum of the lengths of the documents that are remembered; a parsed character takes some 160 bytes."""

MAX_VALIDATION_ERRORS = 20

Key: TypeAlias = tuple[str, bool]


class Invalid(CallerError):
    """The document cannot run: one or more errors with their places."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


@dataclass(frozen=True, slots=True)
class _Valid:
    document: DocumentNode
    length: int


class Documents:
    """Parses and validates. `introspection` is the setting: off, on, or role."""

    def __init__(self, *, max_tokens: int, introspection: str) -> None:
        self._max_tokens = max_tokens
        self._introspection = introspection
        self._valid: LRUCache[Key, _Valid] = LRUCache(
            REMEMBERED_CHARACTERS, getsizeof=lambda valid: valid.length
        )

    def read(self, query: str, caller: Caller) -> DocumentNode:
        """Return the document. Raises `Invalid`, and `TooComplex` for too many tokens."""
        introspects = self._introspection == "on" or (self._introspection == "role" and caller.is_developer)
        key = (query, introspects)
        valid = self._valid.get(key)
        if valid is None:
            valid = _Valid(self._checked(self._parsed(query), introspects, caller), len(query))
            if valid.length <= self._valid.maxsize:
                self._valid[key] = valid
        return valid.document

    def _parsed(self, query: str) -> DocumentNode:
        try:
            return parse(query, max_lexical_tokens=self._max_tokens)
        except GraphQLSyntaxError as error:
            # graphql-core has no class of its own for this; a test holds its words.
            if "Parsing aborted" in error.message:
                raise TooComplex(
                    f"The document has more lexical tokens than MAX_TOKENS ({self._max_tokens}), "
                    "or is nested too deeply. Ask for fewer fields, or pass values as variables."
                ) from error
            raise Invalid("GRAPHQL_PARSE_FAILED", [error]) from error

    def _checked(self, document: DocumentNode, introspects: bool, caller: Caller) -> DocumentNode:
        rules = specified_rules if introspects else (*specified_rules, NoSchemaIntrospectionCustomRule)
        errors = validate(
            SCHEMA,
            document,
            rules,
            max_errors=MAX_VALIDATION_ERRORS,
            hide_suggestions=not caller.is_developer,
        )
        if errors:
            raise Invalid("GRAPHQL_VALIDATION_FAILED", [_without_the_value(error) for error in errors])
        return document


def _without_the_value(error: GraphQLError) -> GraphQLError:
    """Replace graphql-core's words on a literal, which repeat it: it may be a name or a number."""
    node = error.nodes[0] if error.nodes else None
    if not isinstance(node, ValueNode) or isinstance(node, VariableNode) or error.extensions:
        return error
    message = "This value does not fit the type that is asked for here."
    return GraphQLError(message, error.nodes, extensions={"code": "BAD_USER_INPUT"})
