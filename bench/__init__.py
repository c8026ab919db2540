"""Measurements, each a script that prints a table and stops: `python -m bench.refusals`."""
