"""What a connection never does, whatever a service answers."""

import asyncio

from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from twins.serving import serving
from upstreams.connections import Connections


def soon():
    """Return the bounds of a request that is answered at once."""
    return {"at_most": 1024, "until": asyncio.get_running_loop().time() + 10}


async def test_a_redirect_is_not_followed_so_that_a_token_reaches_nobody_else():
    heard = []

    async def elsewhere(request):
        heard.append(request.headers.get("authorization"))
        return Response()

    async with serving(Starlette(routes=[Route("/{path:path}", elsewhere)])) as other:

        async def redirect(_):
            return RedirectResponse(f"{other}/elsewhere")

        async with (
            serving(Starlette(routes=[Route("/{path:path}", redirect)])) as url,
            Connections(url, limit=1) as connections,
        ):
            reply = await connections.request(
                "GET", "here", headers={"Authorization": "Bearer constructed"}, **soon()
            )

    assert reply.status == 307
    assert heard == []


async def test_nothing_compressed_is_asked_for_and_no_cookie_is_kept():
    heard = []

    async def service(request):
        heard.append((request.headers["accept-encoding"], request.headers.get("cookie")))
        return Response(headers={"Set-Cookie": "session=constructed"})

    async with (
        serving(Starlette(routes=[Route("/", service)])) as url,
        Connections(url, limit=1) as connections,
    ):
        for _ in range(2):
            await connections.request("GET", "", headers={}, **soon())

    assert heard == [("identity", None)] * 2
