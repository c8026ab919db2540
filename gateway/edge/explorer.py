"""`/graphiql/`: the page in which developers explore, all of it from our own origin, under a strict policy.

The page is built in `graphiql/` into `gateway/static/graphiql`, each file with a compressed twin beside it.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gateway.edge.negotiation import qualities

BUILT = Path(__file__).parents[1] / "static" / "graphiql"
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

NOT_BUILT = """<!doctype html>
<html lang="en"><title>GraphiQL is not built</title>
<h1>GraphiQL is not built</h1>
<p>The gateway runs, and <code>POST /graphql</code> answers; this page alone is missing.</p>
<p>Install Node 20.19 or later with npm, run <code>make graphiql</code>, and start the gateway again.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class DemoToken:
    """A token that the demo's page offers, with what it may read."""

    name: str
    token: str


def routes(*, caller_auth: bool, demo_tokens: Sequence[DemoToken] = ()) -> list[Route | Mount]:
    """Return the page's routes. `demo_tokens` are the demo's: without any there is no address for them."""
    page = _page(caller_auth=caller_auth, has_demo_tokens=bool(demo_tokens))

    async def bare(_: Request) -> Response:
        return RedirectResponse("graphiql/", headers=_headers())

    async def index(_: Request) -> Response:
        if page is None:
            return HTMLResponse(NOT_BUILT, status_code=404, headers=_headers())
        nonce = secrets.token_urlsafe(16)
        return HTMLResponse(page.replace("%NONCE%", nonce), headers=_headers(nonce))

    async def tokens(_: Request) -> Response:
        return JSONResponse([asdict(token) for token in demo_tokens])

    offered = [Route(f"/graphiql/{DEMO_TOKENS}", tokens)] if demo_tokens else []
    files = (
        [Mount("/graphiql/assets", _Precompressed(directory=BUILT / "assets"))] if page is not None else []
    )
    return [Route("/graphiql", bare), Route("/graphiql/", index), *offered, *files]


def _page(*, caller_auth: bool, has_demo_tokens: bool) -> str | None:
    """Return the page, filled in but for what each answer has of its own; None where it is not built."""
    try:
        built = (BUILT / "index.html").read_text("utf-8")
    except FileNotFoundError:
        return None
    return built.replace("%CALLER_AUTH%", "on" if caller_auth else "off").replace(
        "%DEMO_TOKENS%", DEMO_TOKENS if has_demo_tokens else ""
    )


def _headers(nonce: str | None = None) -> dict[str, str]:
    return {
        "Content-Security-Policy": f"{POLICY} 'nonce-{nonce}'" if nonce else POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }


class _Precompressed(StaticFiles):
    """Starlette's static files, answered by their compressed twins where the browser takes those."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file's bytes. A worker takes its policy from its own answer, so every file has it too."""
        accepted = qualities(Headers(scope=scope).get("accept-encoding", ""))
        # A digest of the content is in each file's name.
        kept = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        headers = _headers() | kept
        path = Path(full_path)
        media_type, _ = guess_type(path.name)
        for encoding, suffix in ENCODINGS.items():
            twin = path.with_name(path.name + suffix)
            if accepted.get(encoding, 0) > 0 and twin.is_file():
                path, stat_result, headers["Content-Encoding"] = twin, twin.stat(), encoding
                break
        return FileResponse(path, status_code, headers, media_type, stat_result=stat_result)
