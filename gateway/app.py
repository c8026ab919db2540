"""The composition root: reads the settings, builds one of each, wires them, and closes them in the end."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.edge import explorer, health
from gateway.edge.caller import Callers
from gateway.edge.documents import Documents
from gateway.edge.endpoint import GraphQLEndpoint
from gateway.edge.envelope import Envelope
from gateway.edge.head import HeadLimit
from gateway.edge.limits import Limits
from gateway.edge.operation import Operations
from gateway.settings import Settings, load
from gateway.telemetry import Metrics, configure_logs
from resolvers.cursors import Cursors
from resolvers.loaders import Loaders
from upstreams.client import Upstream
from upstreams.connections import Connections
from upstreams.deadline import Deadline
from upstreams.delius.ndh import Ndh
from upstreams.hmpps_auth import ClientTokens, SigningKeys
from upstreams.mutual_tls import ClientCertificate
from upstreams.nomis.agencies import Agencies
from upstreams.nomis.prisoner_search import PrisonerSearch
from upstreams.records import DeliusRoute, NomisRoute, System

AUTH_CONNECTIONS = 10


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything that reaches an upstream."""

    tokens: ClientTokens
    keys: SigningKeys
    nomis: PrisonerSearch
    prisons: Agencies | None
    delius: Ndh


@asynccontextmanager
async def reach(settings: Settings, metrics: Metrics) -> AsyncIterator[Reach]:
    """Build the upstreams that the settings choose, and close their connections in the end."""
    async with AsyncExitStack() as stack:

        async def connections(
            base_url: str, limit: int, certificate: ClientCertificate | None = None
        ) -> Connections:
            opened = Connections(base_url, limit=limit, certificate=certificate)
            return await stack.enter_async_context(opened)

        auth = await connections(settings.hmpps_auth_url, AUTH_CONNECTIONS)
        tokens = ClientTokens(
            auth,
            client_id=settings.hmpps_auth_client_id,
            client_secret=settings.hmpps_auth_client_secret.get_secret_value(),
        )
        keys = SigningKeys(auth)
        stack.push_async_callback(tokens.close)
        stack.push_async_callback(keys.close)
        nomis_turns = asyncio.Semaphore(settings.nomis_concurrency)

        async def nomis_upstream(base_url: str, route: NomisRoute) -> Upstream:
            return Upstream(
                await connections(base_url, settings.nomis_concurrency),
                system=System.NOMIS,
                route=route,
                turns=nomis_turns,
                timeout=settings.nomis_timeout_seconds,
                observer=metrics,
                tokens=tokens,
            )

        assert settings.prisoner_search_url is not None
        assert settings.delius_ndh_url is not None
        search = await nomis_upstream(settings.prisoner_search_url, NomisRoute.PRISONER_SEARCH)
        prisons = None
        if settings.prison_api_url is not None:
            prisons = Agencies(await nomis_upstream(settings.prison_api_url, NomisRoute.PRISON_API))
        certificate = await stack.enter_async_context(_client_certificate(settings))
        ndh = Upstream(
            await connections(settings.delius_ndh_url, settings.delius_concurrency, certificate),
            system=System.DELIUS,
            route=DeliusRoute.NDH,
            turns=asyncio.Semaphore(settings.delius_concurrency),
            timeout=settings.delius_timeout_seconds,
            observer=metrics,
            tokens=None,
        )
        yield Reach(
            tokens=tokens,
            keys=keys,
            nomis=PrisonerSearch(search, now=_now),
            prisons=prisons,
            delius=Ndh(ndh, concurrency=settings.delius_concurrency, now=_now),
        )


@asynccontextmanager
async def _client_certificate(settings: Settings) -> AsyncIterator[ClientCertificate | None]:
    """Read the certificate of direct mutual TLS where the URL asks for it, and watch its files meanwhile."""
    if settings.certificate_files is None:
        yield None
        return
    certificate = ClientCertificate(settings.certificate_files)
    watch = asyncio.create_task(certificate.watch())
    try:
        yield certificate
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


def _now() -> datetime:
    return datetime.now(UTC)


def build(settings: Settings, *, demo_tokens: Sequence[explorer.DemoToken] = ()) -> Starlette:
    """Return the application. Its connections open when it starts and close when it stops.

    `demo_tokens` are what the demo's GraphiQL offers.
    """
    metrics = Metrics()
    cursors = Cursors((settings.cursor_key or settings.hmpps_auth_client_secret).get_secret_value())
    documents = Documents(Limits.of(settings), introspection=settings.introspection)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, GraphQLEndpoint]]:
        async with reach(settings, metrics) as upstreams:

            def loaders(parts: frozenset[str], deadline: Deadline) -> Loaders:
                return Loaders(
                    nomis=upstreams.nomis,
                    delius=upstreams.delius,
                    prisons=upstreams.prisons,
                    parts=parts,
                    deadline=deadline,
                    max_population=settings.max_population,
                )

            endpoint = GraphQLEndpoint(
                Callers(settings, upstreams.keys),
                Operations(settings, documents, cursors, loaders, metrics),
                takes_get=settings.graphql_get,
                max_body_bytes=settings.max_body_bytes,
                timeout=settings.request_timeout_seconds,
            )
            yield {"endpoint": endpoint}

    routes = [
        Route("/graphql", _GraphQL()),
        *health.routes(settings, metrics),
    ]
    if settings.graphiql:
        routes += explorer.routes(caller_auth=settings.caller_auth, demo_tokens=demo_tokens)
    paths = frozenset(route.path for route in routes)
    application = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Envelope, metrics=metrics, paths=paths), Middleware(HeadLimit)],
    )
    # A redirect to the path without its slash would go wherever the request's `Host` says.
    application.router.redirect_slashes = False
    return application


class _GraphQL:
    """The endpoint that is there once the application has started; it says itself which methods it takes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint: GraphQLEndpoint = scope["state"]["endpoint"]
        response = await endpoint.answer(Request(scope, receive, send))
        await response(scope, receive, send)


def from_environment() -> Starlette:
    """Return the application that the environment describes: what each worker process runs."""
    settings = load()
    configure_logs(settings.log_level)
    application = build(settings)
    # What is there by now stays: a full collection that looked at all of it would take some 50 ms.
    gc.collect()
    gc.freeze()
    return application
