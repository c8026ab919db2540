"""One operation, from its document to its answer: variables, the plan, and the execution."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from execution.answer import Executed
from execution.standard import execute_standard
from execution.variables import BadVariables
from gateway.edge.body import GraphQLRequest
from gateway.edge.documents import Documents, Invalid
from gateway.edge.errors import field_errors, incomplete
from gateway.settings import Settings
from gateway.telemetry import Metrics
from resolvers.context import Caller, RequestContext
from resolvers.cursors import Cursors
from resolvers.loaders import Loaders
from resolvers.plan import Plan
from upstreams.deadline import Deadline
from upstreams.records import User


@dataclass(frozen=True, slots=True)
class Operations:
    """Runs operations. `loaders` makes one set a request: for its plan, its user, until its deadline.

    Where `compiles` is false everything runs by graphql-core, as the reference.
    """

    settings: Settings
    documents: Documents
    cursors: Cursors
    loaders: Callable[[Plan, User | None, Deadline], Loaders]
    metrics: Metrics
    compiles: bool = True

    async def run(
        self, request: GraphQLRequest, caller: Caller, deadline: Deadline, correlation_id: str
    ) -> dict[str, Any]:
        """Return the answer of an operation that ran, even in part; its objects are for msgspec to write.

        Raises a `CallerError` for one that cannot.
        """
        document = self.documents.read(request.query or "", caller)
        operation = document.operation(request.operation_name)
        try:
            values = operation.variables.of(request.variables or {})
            compiled = operation.compiled(values)
            plan, arguments = compiled.look_ahead.plan(
                values, self.cursors, max_offenders=self.settings.max_offenders
            )
        except BadVariables as error:
            raise Invalid("BAD_USER_INPUT", [_without_the_value(one) for one in error.errors]) from error
        except GraphQLError as error:
            raise Invalid("BAD_USER_INPUT", [error]) from error
        context = RequestContext(caller, plan, self.loaders(plan, caller.user, deadline), self.cursors)
        try:
            if compiled.is_compiled and self.compiles:
                self.metrics.operation("compiled")
                executed = await compiled.run(context, arguments)
            else:
                self.metrics.operation("standard")
                executed = await execute_standard(
                    document.parsed, context, request.variables, request.operation_name
                )
        finally:
            context.loaders.close()
        return self._answer(executed, context, correlation_id)

    def _answer(self, executed: Executed, context: RequestContext, correlation_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": executed.data}
        if executed.errors or context.notices:
            answer["errors"] = field_errors(
                executed.errors,
                context.notices,
                executed.data or {},
                correlation_id,
                at_most=self.settings.max_errors,
                metrics=self.metrics,
            )
        if failed := incomplete(context.incomplete):
            answer["extensions"] = {"incomplete": failed}
        return answer


def _without_the_value(error: GraphQLError) -> GraphQLError:
    """Keep our own words on a variable, and of graphql-core's only which one it is.

    Its words repeat what was written.
    """
    cause = error.original_error
    if isinstance(cause, GraphQLError) and (cause.extensions or {}).get("code") == "BAD_USER_INPUT":
        return error
    where = error.message.partition(": ")[0]
    return GraphQLError(f"{where}: it does not fit the variable's type.", error.nodes)
