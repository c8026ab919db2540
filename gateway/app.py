"""The composition root: reads the settings, builds one of each, wires them, and closes them in the end."""

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp

from gateway.edge import explorer, health
from gateway.edge.caller import Callers
from gateway.edge.documents import Documents
from gateway.edge.endpoint import GraphQLEndpoint
from gateway.edge.envelope import Envelope
from gateway.edge.limits import Limits
from gateway.edge.operation import Operations
from gateway.reach import reach
from gateway.settings import Settings, load
from gateway.telemetry import Metrics, configure_logs
from resolvers.cursors import Cursors
from resolvers.loaders import Loaders
from resolvers.plan import Plan
from upstreams.deadline import Deadline
from upstreams.records import User

GRAPHQL = "/graphql"
COLLECTED_AT = (50_000, 20, 50)
"""Objects made, and collections of the younger ones, at which circles are looked for."""


def build(settings: Settings, *, demo_tokens: Sequence[explorer.DemoToken] = ()) -> ASGIApp:
    """Return the application. Its connections open when it starts and close when it stops.

    `demo_tokens` are what the demo's GraphiQL offers.
    """
    metrics = Metrics()
    cursors = Cursors((settings.cursor_key or settings.hmpps_auth_client_secret).get_secret_value())
    documents = Documents(Limits.of(settings), introspection=settings.introspection)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, GraphQLEndpoint]]:
        async with reach(settings, metrics) as upstreams:

            def loaders(plan: Plan, user: User | None, deadline: Deadline) -> Loaders:
                return Loaders(
                    upstreams.routes,
                    plan=plan,
                    user=user,
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

    routes = health.routes(settings, metrics)
    if settings.graphiql:
        routes += explorer.routes(caller_auth=settings.caller_auth, demo_tokens=demo_tokens)
    others = Starlette(routes=routes, lifespan=lifespan)
    # A redirect to the path without its slash would go wherever the request's `Host` says.
    others.router.redirect_slashes = False
    paths = frozenset({GRAPHQL, *(route.path for route in routes)})
    return Envelope(GRAPHQL, others, metrics=metrics, paths=paths)


def from_environment() -> ASGIApp:
    """Return the application that the environment describes: what each worker process runs."""
    settings = load()
    configure_logs(settings.log_level)
    application = build(settings)
    # What is there by now stays: a full collection that looked at all of it would take some 50 ms.
    gc.collect()
    gc.freeze()
    # A request for a thousand people makes some ten thousand objects and no circle: to look for one at each
    # seven hundred of them finds nothing.
    gc.set_threshold(*COLLECTED_AT)
    return application
