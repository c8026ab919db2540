"""Constructed upstreams with constructed people: what demo, tests and a staging namespace run against."""
