"""`python -m gateway.cli`: the same as `offender-gateway`."""

from gateway.cli import main

main()
