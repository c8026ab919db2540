"""The demo's gateway, a process of its own: `serve`, with tokens on its page that come by standard input."""

import sys

import msgspec

from gateway.app import build
from gateway.cli.serve import run
from gateway.edge.explorer import DemoToken
from gateway.settings import load
from gateway.telemetry import configure_logs


def main() -> int:
    """Run until a signal."""
    tokens = msgspec.json.decode(sys.stdin.buffer.read(), type=list[DemoToken])
    settings = load()
    configure_logs(settings.log_level)
    return run(build(settings, demo_tokens=tokens), settings)


if __name__ == "__main__":
    sys.exit(main())
