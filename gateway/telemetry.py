"""Logs and metrics: what happened and how long it took, with nothing of a person in it.

A log line holds an event's name and keys of ours. Other libraries' words are not passed on: they may hold a
URL, and that of an upstream holds a person's number.
"""

import logging
import sys
import traceback
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from itertools import accumulate
from operator import add
from time import time
from typing import Any, TypeAlias

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from upstreams.delius.extract.report import Report

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CORRELATION_ID: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""The id of the request at hand."""


def configure_logs(level: str) -> None:
    """Send one JSON line an event to standard output."""
    structlog.configure(
        processors=[
            with_correlation_id,
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


def with_correlation_id(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add the id of the request at hand, if there is one."""
    if (correlation_id := CORRELATION_ID.get()) is not None:
        event["correlation_id"] = correlation_id
    return event


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


class Seconds:
    """Times, by the buckets of a histogram."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count a time."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def add(self, other: "Seconds") -> None:
        """Count the other's times too."""
        self.counts = list(map(add, self.counts, other.counts))
        self.total += other.total

    def buckets(self) -> list[tuple[str, float]]:
        """Return the counts up to each bound, as Prometheus wants them."""
        return list(zip([*map(str, SECONDS), "+Inf"], accumulate(self.counts), strict=True))


Taken: TypeAlias = defaultdict[tuple[str, ...], Seconds]
"""Times by their labels."""


class Metrics(Collector):
    """What `/metrics` shows. Labels are names of ours alone.

    Events are counted in plain dictionaries, which Prometheus's metrics are made of when they are asked for:
    its own take some 2 µs an event, and a request has six.
    """

    def __init__(self) -> None:
        self._requests: Taken = defaultdict(Seconds)
        self._calls: Taken = defaultdict(Seconds)
        self._operations: Counter[tuple[str, ...]] = Counter()
        self._field_errors: Counter[tuple[str, ...]] = Counter()
        self._extract_loads: Counter[tuple[str, ...]] = Counter()
        self._extract: Report | None = None
        self._extract_is_broken = False
        self._extract_failed_at: float | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def request(self, *, path: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests[path, str(status)].observe(seconds)

    def upstream_call(self, *, route: str, operation: str, outcome: str, seconds: float) -> None:
        """Count a call to an upstream."""
        self._calls[route, operation, outcome].observe(seconds)

    def operation(self, execution: str) -> None:
        """Count an operation that ran."""
        self._operations[execution,] += 1

    def field_errors(self, code: str, count: int) -> None:
        """Count errors at fields, those beyond the cap with them."""
        self._field_errors[code,] += count

    def extract_load(self, report: Report) -> None:
        """Count that an extract was taken up, or could not be."""
        self._extract_loads["taken_up" if report.broken is None else report.broken.value,] += 1
        self._extract_is_broken = report.broken is not None
        if report.broken is None:
            self._extract = report
        else:
            self._extract_failed_at = time()

    def collect(self) -> Iterator[Metric]:
        """Return everything as Prometheus has it."""
        yield _counts(
            "gateway_requests", "Requests by path and status.", ["path", "status"], _number(self._requests)
        )
        yield _times("gateway_request_seconds", "Time to answer.", ["path"], self._requests)
        yield _counts(
            "gateway_upstream_calls",
            "Calls to upstreams by outcome: a status, or the name of what went wrong.",
            ["route", "operation", "outcome"],
            _number(self._calls),
        )
        yield _times(
            "gateway_upstream_call_seconds",
            "Time of a call, from when it is sent.",
            ["route", "operation"],
            self._calls,
        )
        yield _counts(
            "gateway_operations",
            "Operations that ran, by the execution: compiled, or standard (graphql-core) for what is not.",
            ["execution"],
            self._operations,
        )
        yield _counts("gateway_field_errors", "Errors at fields by code.", ["code"], self._field_errors)
        if self._extract_loads:
            yield from self._of_the_extract()

    def _of_the_extract(self) -> Iterator[Metric]:
        yield _counts(
            "gateway_extract_loads",
            "Times that the extract was read, by what came of it.",
            ["outcome"],
            self._extract_loads,
        )
        yield GaugeMetricFamily(
            "gateway_extract_broken",
            "Whether the newest file could not be taken up, and one before is in use, or none.",
            self._extract_is_broken,
        )
        if (failed_at := self._extract_failed_at) is not None:
            yield GaugeMetricFamily(
                "gateway_extract_failed_timestamp_seconds", "When it last could not be taken up.", failed_at
            )
        if (held := self._extract) is not None:
            yield GaugeMetricFamily(
                "gateway_extract_file_timestamp_seconds",
                "When the file was written that is in use.",
                held.modified.timestamp(),
            )
            rows = GaugeMetricFamily(
                "gateway_extract_rows", "Rows of the extract in use, and of those left out.", labels=["kind"]
            )
            for kind, count in held.counts.items():
                rows.add_metric([kind], count)
            yield rows

    def exposition(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)


def _counts(name: str, words: str, labels: Sequence[str], counted: Mapping[tuple[str, ...], int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for values, count in counted.items():
        family.add_metric(values, count)
    return family


def _times(name: str, words: str, labels: Sequence[str], taken: Mapping[tuple[str, ...], Seconds]) -> Metric:
    """Return a histogram by the first of what the times are kept by."""
    together: Taken = defaultdict(Seconds)
    for values, seconds in taken.items():
        together[values[: len(labels)]].add(seconds)
    family = HistogramMetricFamily(name, words, labels=labels)
    for values, seconds in together.items():
        family.add_metric(values, seconds.buckets(), seconds.total)
    return family


def _number(taken: Mapping[tuple[str, ...], Seconds]) -> dict[tuple[str, ...], int]:
    return {values: sum(seconds.counts) for values, seconds in taken.items()}
