"""`/graphiql/`: the page in which developers explore, all of it from our own origin, under a strict policy.

The page is built in `graphiql/` into `gateway/static/graphiql`, each file with a compressed twin beside it.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.edge.negotiation import qualities

BUILT = Path(__file__).parents[1] / "static" / "graphiql"
ASSETS = BUILT / "assets"
DEMO_TOKENS = "demo-tokens.json"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What a file is also there as, the smallest first, by the suffix of its compressed twin."""

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    # Monaco underlines mistakes by images of its own making.
    "img-src 'self' data:; "
    # Monaco and radix place what they show by `style` attributes, for which there is no nonce.
    "style-src-attr 'unsafe-inline'; style-src 'self'"
)

KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
"""For files alone: a digest of the content is in each one's name."""

TO_BUILD = "Install Node 20.19 or later with npm, run make graphiql, and start the gateway again."
NOT_BUILT = f"""<!doctype html>
<html lang="en"><title>GraphiQL is not built</title>
<h1>GraphiQL is not built</h1>
<p>The gateway runs, and <code>POST /graphql</code> answers; this page alone is missing.</p>
<p>{TO_BUILD}</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class DemoToken:
    """A token that the demo's page offers, with what it may read."""

    name: str
    token: str


def routes(*, caller_auth: bool, demo_tokens: Sequence[DemoToken] = ()) -> list[Route]:
    """Return the page's routes. `demo_tokens` are the demo's: without any there is no address for them."""
    page = _page(caller_auth=caller_auth, has_demo_tokens=bool(demo_tokens))
    files = frozenset(path.name for path in ASSETS.glob("*"))

    async def bare(_: Request) -> Response:
        return RedirectResponse("graphiql/", headers=_headers())

    async def index(_: Request) -> Response:
        if page is None:
            return HTMLResponse(NOT_BUILT, status_code=404, headers=_headers())
        nonce = secrets.token_urlsafe(16)
        return HTMLResponse(page.replace("%NONCE%", nonce), headers=_headers(nonce))

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files or name.endswith(tuple(ENCODINGS.values())):
            return _missing()
        stored, encoding = _smallest(name, files, request.headers.get("accept-encoding", ""))
        try:
            content = await asyncio.to_thread((ASSETS / stored).read_bytes)
        except FileNotFoundError:
            return _missing()  # The page was built anew meanwhile.
        headers = _headers() | KEPT | ({"Content-Encoding": encoding} if encoding else {})
        return Response(content, headers=headers, media_type=guess_type(name)[0])

    async def tokens(_: Request) -> Response:
        return JSONResponse([asdict(token) for token in demo_tokens], headers=_headers())

    offered = [Route(f"/graphiql/{DEMO_TOKENS}", tokens)] if demo_tokens else []
    return [
        Route("/graphiql", bare),
        Route("/graphiql/", index),
        Route("/graphiql/assets/{name}", asset),
        *offered,
    ]


def _page(*, caller_auth: bool, has_demo_tokens: bool) -> str | None:
    """Return the page, filled in but for what each answer has of its own; None where it is not built."""
    try:
        built = (BUILT / "index.html").read_text("utf-8")
    except FileNotFoundError:
        return None
    return built.replace("%CALLER_AUTH%", "on" if caller_auth else "off").replace(
        "%DEMO_TOKENS%", DEMO_TOKENS if has_demo_tokens else ""
    )


def _smallest(name: str, files: frozenset[str], accept_encoding: str) -> tuple[str, str | None]:
    """Return the stored file to answer with, and its encoding."""
    accepted = qualities(accept_encoding)
    for encoding, suffix in ENCODINGS.items():
        if accepted.get(encoding, 0) > 0 and name + suffix in files:
            return name + suffix, encoding
    return name, None


def _missing() -> Response:
    return PlainTextResponse("There is no such file.", status_code=404, headers=_headers())


def _headers(nonce: str | None = None) -> dict[str, str]:
    """Return what every answer here has; files too, because a worker takes its policy from its own answer."""
    return {
        "Content-Security-Policy": f"{POLICY} 'nonce-{nonce}'" if nonce else POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }
