"""Constructed upstreams with constructed people: what the demo, the tests and a staging namespace run against."""
