"""Assembles the stage: every upstream of the gateway, the NDH side, the certificates and the sidecar."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from twins.access_check import AccessCheckTwin
from twins.assess_risks import AssessRisksTwin
from twins.case_records import CaseRecordsTwin
from twins.certificates import DAY, GATEWAY_IDENTITY, NDH_SERVER_NAME, Authority, Leaf, publish
from twins.community_api import CommunityApiTwin
from twins.delius import DeliusTwin
from twins.extract import rows_of, write_csv
from twins.hmpps_auth import HmppsAuthTwin
from twins.ndh import NdhSide
from twins.nomis import PrisonerSearchTwin
from twins.population import Population, default_population
from twins.prison_api import PrisonApiTwin
from twins.probation_search import ProbationSearchTwin
from twins.serving import LOOPBACK, serving
from twins.sidecar import Plan, Sidecar, running_sidecar

# The sidecar believes the one name of NDH. Direct mutual TLS checks the host of its URL, which is this one.
DIRECT_HOST = "localhost"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens; 0 takes a free port."""

    auth: int = 0
    prisoner_search: int = 0
    prison_api: int = 0
    delius: int = 0
    community_api: int = 0
    probation_search: int = 0
    case_records: int = 0
    access: int = 0
    risks: int = 0
    ndh: int = 0
    sidecar: int = 0
    sidecar_admin: int = 0


class GatewayCertificates:
    """The folder of the gateway's client certificate, and the two authorities of the mutual TLS.

    The folder is the one that the sidecar watches, or that the gateway reads itself without a sidecar.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client_authority = Authority()
        self.ndh_authority = Authority()
        self.leaf = self.client_authority.issue(GATEWAY_IDENTITY)
        self.publish(self.leaf)

    @property
    def certificate(self) -> Path:
        """The client certificate's file."""
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        """The private key's file."""
        return self.folder / "tls.key"

    @property
    def authority(self) -> Path:
        """The file of the authorities whose NDH certificates are believed."""
        return self.folder / "ca.crt"

    def ndh_server(self) -> Leaf:
        """Issue a good server certificate of the NDH side."""
        return self.ndh_authority.issue(NDH_SERVER_NAME, DIRECT_HOST)

    def renew(self, *, identity: str = GATEWAY_IDENTITY, valid_for: timedelta = 30 * DAY) -> Leaf:
        """Issue a new client certificate and publish it."""
        return self.publish(self.client_authority.issue(identity, valid_for=valid_for))

    def publish(self, leaf: Leaf, *, ca_pem: bytes | None = None) -> Leaf:
        """Publish this client certificate, good or bad, and the authorities to believe."""
        publish(self.folder, leaf.certificate_pem, leaf.key_pem, ca_pem or self.ndh_authority.pem)
        self.leaf = leaf
        return leaf


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the gateway calls, running."""

    population: Population
    auth: HmppsAuthTwin
    prisoner_search: PrisonerSearchTwin
    prisoner_search_url: str
    prison_api: PrisonApiTwin
    prison_api_url: str
    delius: DeliusTwin
    delius_url: str
    community_api: CommunityApiTwin
    community_api_url: str
    probation_search: ProbationSearchTwin
    probation_search_url: str
    case_records: CaseRecordsTwin
    case_records_url: str
    access: AccessCheckTwin
    access_url: str
    risks: AssessRisksTwin
    risks_url: str
    ndh: NdhSide
    certificates: GatewayCertificates
    sidecar: Sidecar | None

    def environment(self, **overrides: str) -> dict[str, str]:
        """Return the settings by which a gateway uses this stage: Prisoner Search, and Delius through NDH."""
        return {**self.route(), **overrides}

    def route(
        self,
        delius: str = "ndh",
        nomis: str = "prisoner-search",
        *,
        access: bool = False,
        risks: bool = False,
    ) -> dict[str, str]:
        """Return the settings of a gateway by these routes; it checks access, and risks, where told so."""
        return {
            "HMPPS_AUTH_URL": self.auth.url,
            "HMPPS_AUTH_CLIENT_ID": self.auth.client_id,
            "HMPPS_AUTH_CLIENT_SECRET": self.auth.client_secret,
            "NOMIS_ROUTE": nomis,
            "PRISONER_SEARCH_URL": self.prisoner_search_url,
            "PRISON_API_URL": self.prison_api_url,
            "DELIUS_ROUTE": delius,
            **self._way_to_delius(delius),
            **({"PROBATION_ACCESS_URL": self.access_url} if access else {}),
            **({"RISK_ASSESSMENT_URL": self.risks_url} if risks else {}),
        }

    def heal(self) -> None:
        """Take every fault away and forget every call."""
        for twin in (
            self.auth,
            self.prisoner_search,
            self.prison_api,
            self.delius,
            self.community_api,
            self.probation_search,
            self.case_records,
            self.access,
            self.risks,
        ):
            twin.faults.clear()
            twin.calls.clear()
        self.community_api.writes_nulls = False
        self.prison_api.refused.clear()

    def _way_to_delius(self, route: str) -> dict[str, str]:
        match route:
            case "community-api":
                return {"COMMUNITY_API_URL": self.community_api_url}
            case "probation-search":
                return {"PROBATION_SEARCH_URL": self.probation_search_url}
            case "case-records":
                return {"CASE_RECORDS_URL": self.case_records_url}
            case "extract":
                file = self.certificates.folder.parent / "extract.csv"
                write_csv(file, rows_of(self.population))
                return {"DELIUS_EXTRACT_FILE": str(file)}
            case "ndh":
                return self._way_to_ndh()
        message = f"The stage has no Delius route {route!r}."
        raise ValueError(message)

    def _way_to_ndh(self) -> dict[str, str]:
        if self.sidecar is not None:
            return {"DELIUS_NDH_URL": f"{self.sidecar.url}/api"}
        return self.direct_mutual_tls()

    def direct_mutual_tls(self) -> dict[str, str]:
        """Return the settings by which the gateway does the mutual TLS itself."""
        return {
            "DELIUS_NDH_URL": f"https://{DIRECT_HOST}:{self.ndh.port}/api",
            "DELIUS_NDH_CLIENT_CERTIFICATE": str(self.certificates.certificate),
            "DELIUS_NDH_CLIENT_KEY": str(self.certificates.key),
            "DELIUS_NDH_CA": str(self.certificates.authority),
        }


@contextlib.asynccontextmanager
async def staging(
    *,
    ports: Ports | None = None,
    sidecar: bool = True,
    population: Population | None = None,
    connection_seconds: int = 60,
) -> AsyncIterator[Stage]:
    """Run the stage until the block ends; `sidecar` without an Envoy to run raises SidecarUnavailable."""
    ports = ports or Ports()
    people = population or default_population()
    auth = HmppsAuthTwin()
    search = PrisonerSearchTwin(people, auth)
    prison_api = PrisonApiTwin(people, auth)
    delius = DeliusTwin(people)
    community_api = CommunityApiTwin(people, auth)
    probation_search = ProbationSearchTwin(people, auth)
    case_records = CaseRecordsTwin(people, auth)
    access = AccessCheckTwin(people, auth)
    risks = AssessRisksTwin(people, auth)
    async with contextlib.AsyncExitStack() as stack:

        async def served(app: ASGIApp, port: int) -> str:
            return await stack.enter_async_context(serving(app, port=port))

        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="offender-gateway-staging-")))
        certificates = GatewayCertificates(folder / "certificates")
        auth.base_url = await served(auth.app, ports.auth)
        delius_url = await served(delius.app, ports.delius)
        ndh = NdhSide(
            (LOOPBACK, urlsplit(delius_url).port or 0),
            server=certificates.ndh_server(),
            client_ca_pem=certificates.client_authority.pem,
            client_name=GATEWAY_IDENTITY,
        )
        await ndh.start(ports.ndh)
        stack.push_async_callback(ndh.stop)
        running = None
        if sidecar:
            plan = Plan(
                certificates.folder,
                LOOPBACK,
                ndh.port,
                NDH_SERVER_NAME,
                port=ports.sidecar,
                admin_port=ports.sidecar_admin,
                connection_seconds=connection_seconds,
            )
            running = await stack.enter_async_context(running_sidecar(plan))
        yield Stage(
            population=people,
            auth=auth,
            prisoner_search=search,
            prisoner_search_url=await served(search.app, ports.prisoner_search),
            prison_api=prison_api,
            prison_api_url=await served(prison_api.app, ports.prison_api),
            delius=delius,
            delius_url=delius_url,
            community_api=community_api,
            community_api_url=await served(community_api.app, ports.community_api),
            probation_search=probation_search,
            probation_search_url=await served(probation_search.app, ports.probation_search),
            case_records=case_records,
            case_records_url=await served(case_records.app, ports.case_records),
            access=access,
            access_url=await served(access.app, ports.access),
            risks=risks,
            risks_url=await served(risks.app, ports.risks),
            ndh=ndh,
            certificates=certificates,
            sidecar=running,
        )
