"""Everything that reaches an upstream: one of each that the settings choose, closed in the end.

Which way is taken to a system is decided here, by the settings; no resolver and no field knows it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from gateway.settings import Settings
from resolvers.loaders import Access, Delius, Further, Merges, Nomis, Prisons, Routes
from upstreams.client import Observer as CallObserver
from upstreams.client import Upstream
from upstreams.connections import Connections
from upstreams.delius.access_check import AccessCheck
from upstreams.delius.case_records import CASE_RECORDS
from upstreams.delius.community_api import COMMUNITY_API
from upstreams.delius.extract.file import ExtractFile, LoadObserver
from upstreams.delius.extract.route import Extract
from upstreams.delius.further_parts import FurtherParts
from upstreams.delius.ndh import NDH
from upstreams.delius.person_by_person import PersonByPerson
from upstreams.delius.probation_search import ProbationSearch
from upstreams.delius.risk import RISK_CALL, NoRiskAssessment
from upstreams.hmpps_auth import ClientTokens, SigningKeys
from upstreams.mutual_tls import ClientCertificate
from upstreams.nomis.agencies import Agencies
from upstreams.nomis.merged_numbers import MergedNumbers
from upstreams.nomis.prison_api import PrisonApi
from upstreams.nomis.prisoner_search import PrisonerSearch
from upstreams.records import DeliusRoute, NomisRoute, Route, System
from upstreams.turns import Turns

AUTH_CONNECTIONS = 10
PERSON_BY_PERSON = {words.route: words for words in (NDH, COMMUNITY_API, CASE_RECORDS)}


class Observer(CallObserver, LoadObserver, Protocol):
    """Who counts what goes to upstreams, and what comes of files."""


@dataclass(frozen=True, slots=True)
class Reach:
    """HMPPS Auth, and the ways to both systems; `extract` is the file of the route of that name."""

    tokens: ClientTokens
    keys: SigningKeys
    routes: Routes
    extract: ExtractFile | None


@asynccontextmanager
async def reach(settings: Settings, observer: Observer) -> AsyncIterator[Reach]:
    """Build the upstreams that the settings choose, and close their connections in the end."""
    async with AsyncExitStack() as stack:
        auth = await stack.enter_async_context(Connections(settings.hmpps_auth_url, limit=AUTH_CONNECTIONS))
        tokens = ClientTokens(
            auth,
            client_id=settings.hmpps_auth_client_id,
            client_secret=settings.hmpps_auth_client_secret.get_secret_value(),
        )
        keys = SigningKeys(auth)
        stack.push_async_callback(tokens.close)
        stack.push_async_callback(keys.close)
        extract = None
        if settings.delius is DeliusRoute.EXTRACT:
            extract = ExtractFile(Path(settings.delius_url), observer)
            await stack.enter_async_context(extract.watched())
        routes = await _Builder(settings, observer, tokens, stack).routes(extract)
        yield Reach(tokens, keys, routes, extract)


class _Builder:
    """Builds routes, each on connections of its own; calls to one system share its turns."""

    def __init__(
        self, settings: Settings, observer: Observer, tokens: ClientTokens, stack: AsyncExitStack
    ) -> None:
        self._settings = settings
        self._observer = observer
        self._tokens = tokens
        self._stack = stack
        self._nomis_turns = Turns(settings.nomis_concurrency)
        self._delius_turns = Turns(settings.delius_concurrency)

    async def routes(self, extract: ExtractFile | None) -> Routes:
        """Return the ways that the settings chose; with an extract, that is the one to Delius."""
        delius, further = await self._delius() if extract is None else (Extract(extract), None)
        sources = [one for one in (further, await self._risk(delius.route)) if one is not None]
        nomis, merges = await self._nomis()
        return Routes(
            nomis=nomis,
            delius=delius,
            prisons=await self._prisons(),
            access=await self._access(delius.route),
            further={part: one for one in sources for part in one.parts},
            merges=merges,
        )

    async def _nomis(self) -> tuple[Nomis, Merges | None]:
        settings = self._settings
        upstream = await self._nomis_upstream(settings.nomis_url, settings.nomis)
        if settings.nomis is NomisRoute.PRISONER_SEARCH:
            return PrisonerSearch(upstream, now=_now), MergedNumbers(upstream, now=_now)
        by_prison_api = PrisonApi(upstream, concurrency=settings.nomis_concurrency, now=_now)
        if settings.prisoner_search_url is None:
            return by_prison_api, None
        search = await self._nomis_upstream(settings.prisoner_search_url, NomisRoute.PRISONER_SEARCH)
        return by_prison_api, MergedNumbers(search, now=_now)

    async def _prisons(self) -> Prisons | None:
        url = self._settings.prison_api_url
        if url is None:
            return None
        return Agencies(await self._nomis_upstream(url, NomisRoute.PRISON_API))

    async def _delius(self) -> tuple[Delius, Further | None]:
        route, concurrency = self._settings.delius, self._settings.delius_concurrency
        upstream = await self._delius_upstream(self._settings.delius_url, route)
        if route is DeliusRoute.PROBATION_SEARCH:
            return ProbationSearch(upstream, now=_now), None
        words = PERSON_BY_PERSON[route]
        further = FurtherParts(upstream, words.further, concurrency=concurrency) if words.further else None
        return PersonByPerson(words, upstream, concurrency=concurrency, now=_now), further

    async def _access(self, route: DeliusRoute) -> Access | None:
        url = self._settings.probation_access_url
        if url is None:
            return None
        connections = await self._connections(url, self._settings.delius_concurrency)
        return AccessCheck(self._upstream(connections, route, self._tokens))

    async def _risk(self, route: DeliusRoute) -> Further | None:
        """Return who tells the risk of serious harm, beside the record itself of the case records."""
        url, concurrency = self._settings.risk_assessment_url, self._settings.delius_concurrency
        if url is None:
            return None if route is DeliusRoute.CASE_RECORDS else NoRiskAssessment(route)
        upstream = self._upstream(await self._connections(url, concurrency), route, self._tokens)
        return FurtherParts(upstream, {"risk": RISK_CALL}, concurrency=concurrency)

    async def _nomis_upstream(self, url: str, route: NomisRoute) -> Upstream:
        connections = await self._connections(url, self._settings.nomis_concurrency)
        return self._upstream(connections, route, self._tokens)

    async def _delius_upstream(self, url: str, route: DeliusRoute) -> Upstream:
        limit = self._settings.delius_concurrency
        if route is not DeliusRoute.NDH:
            return self._upstream(await self._connections(url, limit), route, self._tokens)
        certificate = await self._stack.enter_async_context(_client_certificate(self._settings))
        # No bearer token goes this way: the certificate is the identity.
        return self._upstream(await self._connections(url, limit, certificate), route, None)

    def _upstream(self, connections: Connections, route: Route, tokens: ClientTokens | None) -> Upstream:
        is_nomis = isinstance(route, NomisRoute)
        settings = self._settings
        return Upstream(
            connections,
            system=System.NOMIS if is_nomis else System.DELIUS,
            route=route,
            turns=self._nomis_turns if is_nomis else self._delius_turns,
            timeout=settings.nomis_timeout_seconds if is_nomis else settings.delius_timeout_seconds,
            observer=self._observer,
            tokens=tokens,
        )

    async def _connections(
        self, base_url: str, limit: int, certificate: ClientCertificate | None = None
    ) -> Connections:
        opened = Connections(base_url, limit=limit, certificate=certificate)
        return await self._stack.enter_async_context(opened)


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
