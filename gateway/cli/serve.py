"""`offender-gateway serve`: the service itself."""

import signal
import socket
import sys
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from gateway.edge.wire import Wire
from gateway.settings import BadSettings, Settings, load

DRAIN_SECONDS = 20


def serve() -> int:
    """Run until SIGINT or SIGTERM, finish what is in flight, and end with 0."""
    settings = load()
    return run("gateway.app:from_environment", settings)


def run(application: str | ASGIApp, settings: Settings) -> int:
    """Run an application, or what a factory of that name makes in each worker."""
    _expect_free(settings.gateway_host, settings.gateway_port)
    # uvicorn raises the signal again once it has stopped, which would end the process by the signal.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _ended)
    uvicorn.run(
        application,
        factory=isinstance(application, str),
        host=settings.gateway_host,
        port=settings.gateway_port,
        workers=settings.gateway_workers,
        http=Wire,
        # There is nothing to upgrade to.
        ws="none",
        # Access logs would be lines without a use: nothing but the path is in them, and metrics count those.
        access_log=False,
        log_config=None,
        server_header=False,
        # Who asks is in the token; no header of a proxy decides anything.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return 0


def _expect_free(host: str, port: int) -> None:
    """Say in a setting's words what uvicorn would say in a log line that is not passed on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        advice = "GATEWAY_HOST, GATEWAY_PORT: name an address of this machine and a port that nothing uses"
        raise BadSettings([advice]) from error


def _ended(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
