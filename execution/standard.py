"""The standard execution: graphql-core's, for what is not compiled, and as the reference for what is."""

from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, execute

from execution.answer import Executed, FieldError
from resolvers.context import RequestContext
from schema.build import SCHEMA
from upstreams.records import FieldFailure


async def execute_standard(
    document: DocumentNode,
    context: RequestContext,
    variables: dict[str, Any] | None,
    operation_name: str | None,
) -> Executed:
    """Run an operation whose variables are known to fit."""
    result = execute(
        SCHEMA,
        document,
        context_value=context,
        variable_values=variables,
        operation_name=operation_name,
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    return Executed(result.data, [_error(error) for error in result.errors or ()])


def _error(error: GraphQLError) -> FieldError:
    if isinstance(error.original_error, FieldFailure):
        # It was raised out of a record, and its frames hold that record: a circle that nobody would look for.
        error.original_error.__traceback__ = None
    locations = [location.formatted for location in error.locations or ()]
    return FieldError(tuple(error.path or ()), error.original_error or error, locations)
