"""Logs and metrics: what happened and how long it took, with nothing of a person in it.

A log line holds an event's name and keys of ours. Other libraries' words are not passed on: they may hold a
URL, and that of an upstream holds a person's number.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def configure_logs(level: str) -> None:
    """Send one JSON line an event to standard output."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            stack_without_words,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    logging.root.handlers = [_ForeignLines()]
    logging.root.setLevel(logging.WARNING)


def stack_without_words(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception by where it came from: its message may hold what somebody asked for."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["stack"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


class _ForeignLines(logging.Handler):
    """Other libraries' warnings: who warned and where, without their words."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger("gateway").warning(
            "library_warning", library=record.name, at=f"{record.module}:{record.lineno}"
        )


class Metrics:
    """What `/metrics` shows. Labels are names of ours alone."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gateway_requests_total",
            "Requests by path and status.",
            ["path", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "gateway_request_seconds", "Time to answer.", ["path"], buckets=SECONDS, registry=self._registry
        )
        self._calls = Counter(
            "gateway_upstream_calls_total",
            "Calls to upstreams by outcome: a status, or the name of what went wrong.",
            ["route", "operation", "outcome"],
            registry=self._registry,
        )
        self._call_seconds = Histogram(
            "gateway_upstream_call_seconds",
            "Time of a call, from when it is sent.",
            ["route", "operation"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._operations = Counter(
            "gateway_operations_total",
            "Operations that ran, by the execution: compiled, or standard (graphql-core) for what is not.",
            ["execution"],
            registry=self._registry,
        )
        self._field_errors = Counter(
            "gateway_field_errors_total", "Errors at fields by code.", ["code"], registry=self._registry
        )

    def request(self, *, path: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests.labels(path, str(status)).inc()
        self._request_seconds.labels(path).observe(seconds)

    def upstream_call(self, *, route: str, operation: str, outcome: str, seconds: float) -> None:
        """Count a call to an upstream."""
        self._calls.labels(route, operation, outcome).inc()
        self._call_seconds.labels(route, operation).observe(seconds)

    def operation(self, execution: str) -> None:
        """Count an operation that ran."""
        self._operations.labels(execution).inc()

    def field_errors(self, code: str, count: int) -> None:
        """Count errors at fields, those beyond the cap with them."""
        self._field_errors.labels(code).inc(count)

    def exposition(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
