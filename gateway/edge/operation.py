"""One operation, from its document to its answer: variables, the plan, and the standard execution.

The only module that runs graphql-core. Strawberry's view and execution, whose loggers write the query's text,
have no part in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    execute,
)
from graphql.execution.values import VariableValues, get_variable_values

from gateway.edge.body import GraphQLRequest
from gateway.edge.documents import Documents, Invalid
from gateway.edge.errors import field_errors, incomplete
from gateway.settings import Settings
from gateway.telemetry import Metrics
from resolvers.context import Caller, RequestContext
from resolvers.cursors import Cursors
from resolvers.loaders import Loaders
from resolvers.plan import Plan
from schema.build import SCHEMA
from schema.look_ahead import Operation, plan
from upstreams.deadline import Deadline
from upstreams.errors import BadInput
from upstreams.records import User


@dataclass(frozen=True, slots=True)
class Operations:
    """Runs operations. `loaders` makes one set a request: for its parts, its user, until its deadline."""

    settings: Settings
    documents: Documents
    cursors: Cursors
    loaders: Callable[[frozenset[str], User | None, Deadline], Loaders]
    metrics: Metrics

    async def run(
        self, request: GraphQLRequest, caller: Caller, deadline: Deadline, correlation_id: str
    ) -> dict[str, Any]:
        """Return the answer of an operation that ran, even in part.

        Raises a `CallerError` for one that cannot.
        """
        document = self.documents.read(request.query or "", caller)
        operation = _operation(document, request)
        try:
            asked = plan(operation, self.cursors, max_offenders=self.settings.max_offenders)
        except GraphQLError as error:
            raise Invalid("BAD_USER_INPUT", [error]) from error
        context = self._context(caller, asked, deadline)
        result = execute(
            SCHEMA,
            document,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if not isinstance(result, ExecutionResult):
            try:
                result = await result
            finally:
                context.loaders.close()
        return self._answer(result, context, correlation_id)

    def _context(self, caller: Caller, asked: Plan, deadline: Deadline) -> RequestContext:
        return RequestContext(
            caller=caller,
            plan=asked,
            loaders=self.loaders(asked.parts, caller.user, deadline),
            cursors=self.cursors,
        )

    def _answer(
        self, result: ExecutionResult, context: RequestContext, correlation_id: str
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": result.data}
        errors = field_errors(
            result.errors or (),
            context.notices,
            list(result.data or ()),
            correlation_id,
            at_most=self.settings.max_errors,
            metrics=self.metrics,
        )
        if errors:
            answer["errors"] = errors
        if failed := incomplete(context.incomplete):
            answer["extensions"] = {"incomplete": failed}
        return answer


def _operation(document: DocumentNode, request: GraphQLRequest) -> Operation:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if request.operation_name is not None:
        operations = [node for node in operations if node.name and node.name.value == request.operation_name]
    if len(operations) != 1:
        raise BadInput("Name one operation of the document as `operationName`.")
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    return Operation(operations[0], fragments, _variables(operations[0], request.variables or {}))


def _variables(operation: OperationDefinitionNode, written: dict[str, Any]) -> VariableValues:
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), written, max_errors=20)
    if isinstance(values, VariableValues):
        return values
    raise Invalid("BAD_USER_INPUT", [_without_the_value(error) for error in values])


def _without_the_value(error: GraphQLError) -> GraphQLError:
    """Keep our own words on a variable, and of graphql-core's only which one it is.

    Its words repeat what was written.
    """
    cause = error.original_error
    if isinstance(cause, GraphQLError) and (cause.extensions or {}).get("code") == "BAD_USER_INPUT":
        return error
    where = error.message.partition(": ")[0]
    return GraphQLError(f"{where}: it does not fit the variable's type.", error.nodes)
