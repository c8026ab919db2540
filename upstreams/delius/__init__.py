"""Delius, the probation system: one module a route, all answering `ProbationRecord`."""
