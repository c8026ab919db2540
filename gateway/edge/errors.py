"""Errors as callers see them: a code each, our own words, in the answer's order, and never more than a cap.

Nothing of an upstream, a token or a person stands in a message (contract, section 4).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from graphql import GraphQLError

from execution.answer import FieldError, Path
from gateway.edge.documents import Invalid
from gateway.telemetry import Metrics
from resolvers.context import Incomplete, Notice
from upstreams.errors import CallerError
from upstreams.records import Failure, FailureCode, FieldFailure

log = structlog.get_logger("gateway")

MASKED = Failure(code=FailureCode.INTERNAL, message="Something went wrong in the gateway.")


class _Found(NamedTuple):
    path: Path
    failure: Failure
    locations: Sequence[Mapping[str, Any]] = ()


def request_errors(error: CallerError, correlation_id: str) -> list[dict[str, Any]]:
    """Return the errors of a request that cannot run."""
    if isinstance(error, Invalid):
        return [_invalid(one, error.code, correlation_id) for one in error.errors]
    return [{"message": str(error), "extensions": {"code": error.code, "correlationId": correlation_id}}]


def _invalid(error: GraphQLError, code: str, correlation_id: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": error.message}
    if error.locations:
        entry["locations"] = [location.formatted for location in error.locations]
    code = (error.extensions or {}).get("code", code)
    return entry | {"extensions": {"code": code, "correlationId": correlation_id}}


def field_errors(
    errors: Iterable[FieldError],
    notices: Sequence[Notice],
    data: Mapping[str, Any],
    correlation_id: str,
    *,
    at_most: int,
    metrics: Metrics,
) -> list[dict[str, Any]]:
    """Return the errors of an operation that ran, in the answer's order, and one last counting the rest."""
    order = {key: place for place, key in enumerate(data)}
    # Below a root field everything is laid out in one go, in the order of the answer; only the roots wait.
    found = sorted(
        (_Found(one.path, _failure(one.error), one.locations) for one in errors),
        key=lambda one: order.get(str(one.path[0]), 0) if one.path else 0,
    )
    for notice in notices:
        _insert(found, notice, order, _keys(data.get(str(notice.path[0]))))
    for code, count in Counter(one.failure.code for one in found).items():
        metrics.field_errors(code.value, count)
    entries = [_entry(one, correlation_id) for one in found[:at_most]]
    if (omitted := len(found) - len(entries)) > 0:
        entries.append(_omitted(omitted, found[at_most].failure, correlation_id))
    return entries


def _failure(error: BaseException) -> Failure:
    if isinstance(error, FieldFailure):
        return error.failure
    log.error("resolver_failed", error=type(error).__name__, exc_info=error)
    return MASKED


def _insert(found: list[_Found], notice: Notice, order: dict[str, int], fields: Sequence[str]) -> None:
    """Put a notice before what stands below its path, and before the fields and root fields that follow it.

    `fields` are those of its root field's value, in their order.
    """
    path, root = notice.path, order.get(str(notice.path[0]), 0)
    following = fields[fields.index(str(path[1])) :] if str(path[1]) in fields else ()
    for place, one in enumerate(found):
        beside = one.path[:1] == path[:1] and len(one.path) > 1
        if (beside and one.path[1] in following) or (one.path and order.get(str(one.path[0]), 0) > root):
            found.insert(place, _Found(path, notice.failure))
            return
    found.append(_Found(path, notice.failure))


def _keys(value: Any) -> Sequence[str]:
    """Return the response keys of an object of the answer, of either execution."""
    return list(value) if isinstance(value, dict) else getattr(value, "__struct_encode_fields__", ())


def _entry(found: _Found, correlation_id: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": found.failure.message}
    if found.locations:
        entry["locations"] = found.locations
    return entry | {"path": found.path, "extensions": _extensions(found.failure, correlation_id)}


def _extensions(failure: Failure, correlation_id: str) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": failure.code.value}
    if failure.system is not None:
        extensions["system"] = failure.system.value
    if failure.route is not None:
        extensions["route"] = failure.route.value
    if failure.retryable is not None:
        extensions["retryable"] = failure.retryable
    return extensions | {"correlationId": correlation_id}


def _omitted(count: int, failure: Failure, correlation_id: str) -> dict[str, Any]:
    return {
        "message": f"{count} more errors are left out.",
        "extensions": {"code": failure.code.value, "omitted": count, "correlationId": correlation_id},
    }


def incomplete(failures: Incomplete) -> list[dict[str, Any]]:
    """Return which systems failed; `people` is null where nobody knows how many it would have been."""
    return [
        {
            "system": system.value,
            "route": route.value if route else None,
            "code": code.value,
            "people": people or None,
        }
        for system, route, code, people in failures.systems()
    ]
