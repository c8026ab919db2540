"""Answers whether a twin is up."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def ping(_: Request) -> Response:
    """Answer that the service is up."""
    return JSONResponse({"status": "UP"})
