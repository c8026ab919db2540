"""Health, version and metrics: for the platform, without a token. None of it depends on an upstream."""

from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.settings import Settings
from gateway.telemetry import Metrics


def routes(settings: Settings, metrics: Metrics) -> list[Route]:
    """Return the routes that the platform asks."""
    up = {"status": "UP"}

    async def ping(_: Request) -> Response:
        return JSONResponse(up)

    async def health(_: Request) -> Response:
        components = {
            "nomis": {"route": settings.nomis_route},
            "delius": {"route": settings.delius_route},
        }
        return JSONResponse({**up, "components": components, "version": version("offender-gateway")})

    async def about(_: Request) -> Response:
        return JSONResponse({"build": {"name": "offender-gateway", "version": version("offender-gateway")}})

    async def exposition(_: Request) -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [
        Route("/health", health),
        Route("/health/ping", ping),
        Route("/health/liveness", ping),
        Route("/health/readiness", ping),
        Route("/info", about),
        Route("/metrics", exposition),
    ]
