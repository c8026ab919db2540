"""Settings: the only place that reads the environment. A setting that is wrong stops the start.

Each setting's own words are its documentation; `NAME_FILE` names a file that holds the value, for secrets.
"""

import os
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.functional_validators import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from upstreams.identifiers import read_noms_number
from upstreams.mutual_tls import CertificateFiles
from upstreams.records import DeliusRoute, NomisRoute


class BadSettings(Exception):
    """One line for each setting that is wrong: its name and what to do, never its value."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong(advice: str) -> PydanticCustomError:
    return PydanticCustomError("setting", advice)


def _base_url(written: str) -> str:
    url = urlsplit(written)
    try:
        well_formed = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        well_formed = False
    if not well_formed or url.query or url.fragment or url.username is not None:
        raise _wrong("write a base URL such as https://service.example.test, without user, query or fragment")
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        raise _wrong("write an https:// URL: plain http:// is taken for this machine (loopback) alone")
    return written.rstrip("/")


def _noms_number(written: str) -> str:
    number = read_noms_number(written)
    if number is None:
        raise _wrong("write a NOMS number: a letter, four digits and two letters")
    return number


def _comma_list(written: object) -> object:
    if not isinstance(written, str):
        return written
    return frozenset(part for one in written.split(",") if (part := one.strip()))


def _roles(roles: frozenset[str]) -> frozenset[str]:
    if not roles:
        raise _wrong("name at least one role")
    return roles


def _on_or_off(written: object) -> object:
    if isinstance(written, bool):
        return written
    if written not in ("on", "off"):
        raise _wrong("write on or off")
    return written == "on"


ROUTE_URLS = {
    "prisoner-search": "prisoner_search_url",
    "prison-api": "prison_api_url",
    "ndh": "delius_ndh_url",
    "community-api": "community_api_url",
    "probation-search": "probation_search_url",
    "case-records": "case_records_url",
    "extract": "delius_extract_file",
}
"""The setting that holds the base of each route, or its file."""
WITHOUT_FLAGS = ("case-records", "extract")
"""Routes that tell of no record whether it is limited."""

BaseUrl = Annotated[str, AfterValidator(_base_url)]
NomsNumber = Annotated[str, AfterValidator(_noms_number)]
Roles = Annotated[frozenset[str], BeforeValidator(_comma_list), AfterValidator(_roles)]
Switch = Annotated[bool, BeforeValidator(_on_or_off)]
Seconds = Annotated[float, Field(gt=0, le=600)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


def _setting(default: Any, description: str) -> Any:
    return Field(default, description=description)


class Settings(BaseModel):
    """Everything that can be set. Names are the environment's own, in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    gateway_host: str = _setting("127.0.0.1", "The address to listen on.")
    gateway_port: int = Field(8080, ge=0, le=65535, description="The port to listen on.")
    gateway_workers: int = Field(1, ge=1, le=64, description="Processes that share the port.")

    hmpps_auth_url: BaseUrl = _setting(
        ..., "HMPPS Auth, with its /auth: tokens, keys and the issuer are under it."
    )
    hmpps_auth_issuer: str = _setting(
        "", "The issuer of callers' tokens; by default {HMPPS_AUTH_URL}/issuer."
    )
    hmpps_auth_client_id: str = _setting(..., "The gateway's own client.")
    hmpps_auth_client_secret: SecretStr = _setting(
        ..., "Its secret; better as a file, HMPPS_AUTH_CLIENT_SECRET_FILE."
    )

    caller_auth: Switch = _setting(
        True, "on, or off on a loopback address alone: then everybody has all roles."
    )
    caller_roles_nomis: Roles = _setting(
        frozenset({"ROLE_OFFENDER_GATEWAY__PRISON__RO"}),
        "Roles that may read prison records: any of a comma list.",
    )
    caller_roles_delius: Roles = _setting(
        frozenset({"ROLE_OFFENDER_GATEWAY__PROBATION__RO"}), "Roles that may read probation records."
    )
    caller_roles_developer: Roles = _setting(
        frozenset({"ROLE_OFFENDER_GATEWAY__DEVELOPER"}),
        "Roles that see suggestions, and the schema with INTROSPECTION=role.",
    )

    nomis_route: Literal["prisoner-search", "prison-api"] = _setting(
        "prisoner-search",
        "The way to NOMIS; prison-api tells no restricted patients, and a prison's people to a user alone.",
    )
    prisoner_search_url: BaseUrl | None = _setting(
        None,
        "Prisoner Search, which alone tells who took over a merged number; due with "
        "NOMIS_ROUTE=prisoner-search.",
    )
    prison_api_url: BaseUrl | None = _setting(
        None,
        "The Prison API, for prisons' names; without it they come from people. Due with "
        "NOMIS_ROUTE=prison-api.",
    )

    delius_route: Literal["ndh", "community-api", "probation-search", "case-records", "extract"] = _setting(
        "ndh", "The way to Delius; each has a URL of its own below, or a file."
    )
    delius_ndh_url: BaseUrl | None = _setting(
        None,
        "Delius through NDH, with its prefix, such as http://127.0.0.1:15001/api for the sidecar; https:// "
        "is mutual TLS of the gateway's own, with the three files below. Due with DELIUS_ROUTE=ndh.",
    )
    delius_ndh_client_certificate: Path | None = _setting(
        None, "The client certificate (PEM), re-read when it changes."
    )
    delius_ndh_client_key: Path | None = _setting(None, "Its key (PEM).")
    delius_ndh_ca: Path | None = _setting(None, "The authority that NDH's certificate has to be of (PEM).")
    community_api_url: BaseUrl | None = _setting(
        None, "The Community API, without /secure; due with DELIUS_ROUTE=community-api."
    )
    probation_search_url: BaseUrl | None = _setting(
        None, "Probation Offender Search; due with DELIUS_ROUTE=probation-search."
    )
    case_records_url: BaseUrl | None = _setting(
        None, "manage-pom-cases-and-delius, without a path; due with DELIUS_ROUTE=case-records."
    )
    delius_extract_file: Path | None = _setting(
        None,
        "The extract (.xlsx without a password, or .csv), re-read when it changes; due with "
        "DELIUS_ROUTE=extract.",
    )
    probation_access_url: BaseUrl | None = _setting(
        None,
        "external-api-and-delius, which says whether a Delius user may see a limited record; without it "
        "nobody may. Due with DELIUS_ROUTE case-records and extract, which tell of no record whether it is "
        "limited.",
    )
    risk_assessment_url: BaseUrl | None = _setting(
        None,
        "Assess Risks and Needs, for the risk of serious harm; without it only the case records tell one.",
    )

    request_timeout_seconds: Seconds = _setting(10.0, "A whole request; what is there by then is answered.")
    nomis_timeout_seconds: Seconds = _setting(5.0, "One call to NOMIS, from when it is sent.")
    delius_timeout_seconds: Seconds = _setting(5.0, "One call to Delius, from when it is sent.")
    nomis_concurrency: int = Field(20, ge=1, le=1000, description="Calls in flight to NOMIS.")
    delius_concurrency: int = Field(20, ge=1, le=1000, description="Calls in flight to Delius.")

    graphiql: Switch = _setting(
        False, "on: developers explore at /graphiql/; introspection has to be on, or of the role, with it."
    )
    graphql_get: Switch = _setting(
        False, "on: GET asks too. It puts people's numbers into URLs, which proxies write to their logs."
    )
    introspection: Literal["off", "on", "role"] = _setting(
        "off", "Who may ask for the schema: nobody, everybody, or developers."
    )
    max_tokens: Count = _setting(5000, "Lexical tokens of a document; most meet MAX_PARTS first.")
    max_parts: Count = _setting(
        1200,
        "Parts of a document as it is written: fields, fragments, arguments, values. "
        "Its text may have twice as many words and lines, and 50 times as many characters.",
    )
    max_depth: Count = _setting(12, "Levels of fields in an operation; introspection has 20 of its own.")
    max_aliases: Count = _setting(30, "Aliases of an operation, its fragments expanded.")
    max_root_fields: Count = _setting(
        20, "Root fields of a document, those of all its operations together, its fragments expanded."
    )
    max_selections: Count = _setting(
        2000, "Fields and fragments that a document's operations select together, its fragments expanded."
    )
    max_body_bytes: Count = _setting(200_000, "Bytes of a request's body.")
    max_offenders: Count = _setting(
        1000, "Distinct people in arguments and `first`, summed over an operation."
    )
    max_population: Count = _setting(3000, "People in a prison whose population is asked for.")
    max_errors: Count = _setting(100, "Entries in `errors`; one more says how many were left out.")
    cursor_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="Key of the cursors, of 16 characters or more, the same on every replica; by default "
        "from HMPPS_AUTH_CLIENT_SECRET.",
    )

    check_noms_number: NomsNumber | None = _setting(None, "A NOMS number that `check` expects to find.")
    log_level: Literal["debug", "info", "warning", "error"] = _setting("info", "How much is logged.")

    @property
    def issuer(self) -> str:
        """Return the issuer that callers' tokens have to be of."""
        return self.hmpps_auth_issuer or f"{self.hmpps_auth_url}/issuer"

    @property
    def nomis(self) -> NomisRoute:
        """Return the route to NOMIS."""
        return NomisRoute[self.nomis_route.replace("-", "_").upper()]

    @property
    def nomis_url(self) -> str:
        """Return the base of the route to NOMIS."""
        return str(getattr(self, ROUTE_URLS[self.nomis_route]))

    @property
    def delius(self) -> DeliusRoute:
        """Return the route to Delius."""
        return DeliusRoute[self.delius_route.replace("-", "_").upper()]

    @property
    def delius_url(self) -> str:
        """Return the base of the route to Delius."""
        return str(getattr(self, ROUTE_URLS[self.delius_route]))

    @property
    def certificate_files(self) -> CertificateFiles | None:
        """Return the files of direct mutual TLS; none where a sidecar does it."""
        certificate, key, authority = (
            self.delius_ndh_client_certificate,
            self.delius_ndh_client_key,
            self.delius_ndh_ca,
        )
        if certificate is None or key is None or authority is None:
            return None
        return CertificateFiles(certificate=certificate, key=key, authority=authority)

    @model_validator(mode="after")
    def _switches_go_together(self) -> "Settings":
        if self.graphiql and self.introspection == "off":
            raise _wrong(
                "GRAPHIQL: its page lives by introspection; set INTROSPECTION to on or role, or GRAPHIQL off"
            )
        if not self.caller_auth and not is_loopback(self.gateway_host):
            raise _wrong(
                "CALLER_AUTH: off is for a loopback GATEWAY_HOST alone; set it to on, "
                "or GATEWAY_HOST to 127.0.0.1"
            )
        return self

    @model_validator(mode="after")
    def _certificates_fit_the_url(self) -> "Settings":
        names = ("delius_ndh_client_certificate", "delius_ndh_client_key", "delius_ndh_ca")
        if self.delius_route != "ndh":
            # What is left of a way that is not taken costs nothing, its certificates may be gone.
            return self
        direct = (self.delius_ndh_url or "").startswith("https://")
        for name in names:
            file: Path | None = getattr(self, name)
            if direct and file is None:
                raise _wrong(
                    f"{name.upper()}: set it, because DELIUS_NDH_URL is https://, "
                    "mutual TLS of the gateway's own"
                )
            if not direct and file is not None:
                raise _wrong(
                    f"{name.upper()}: take it away, because DELIUS_NDH_URL is http://, "
                    "where the sidecar has the certificate"
                )
        if self.certificate_files is not None:
            try:
                self.certificate_files.context()
            except (OSError, ssl.SSLError) as error:
                raise _wrong(
                    "DELIUS_NDH_CLIENT_CERTIFICATE, DELIUS_NDH_CLIENT_KEY, DELIUS_NDH_CA: name PEM files "
                    "that can be read, the key being the certificate's own"
                ) from error
        return self


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises `BadSettings` with a line for each one that is wrong."""
    written: dict[str, str] = {}
    lines: list[str] = []
    for name in Settings.model_fields:
        variable = name.upper()
        value, file = environment.get(variable), environment.get(f"{variable}_FILE")
        if value and file:
            lines.append(f"{variable}: set it or {variable}_FILE, not both")
        elif file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                lines.append(f"{variable}_FILE: name a text file that can be read")
        if value:
            written[name] = value
    try:
        settings = Settings.model_validate(written)
    except ValidationError as error:
        lines += [_line(one) for one in error.errors(include_url=False, include_input=False)]
    lines += _missing_for_the_routes(written)
    if lines:
        raise BadSettings(lines)
    return settings


def _missing_for_the_routes(written: Mapping[str, str]) -> list[str]:
    """Return a line for each setting that a chosen route lacks, whatever else is wrong with the settings."""
    routes = ("nomis_route", "delius_route")
    chosen = {name: written.get(name, Settings.model_fields[name].default) for name in routes}
    due = {
        ROUTE_URLS[route]: f"{name.upper()} is {route}"
        for name, route in chosen.items()
        if route in ROUTE_URLS
    }
    if (route := chosen["delius_route"]) in WITHOUT_FLAGS:
        due["probation_access_url"] = (
            f"DELIUS_ROUTE is {route}, which tells of no record whether it is limited"
        )
    return [f"{name.upper()}: set it, because {why}" for name, why in due.items() if name not in written]


def _line(error: Any) -> str:
    """Return what pydantic says as a line that names the variable and what to do."""
    message = str(error["msg"])
    if not error["loc"]:
        return message
    variable = str(error["loc"][0]).upper()
    if error["type"] == "missing":
        return f"{variable}: set it: {Settings.model_fields[variable.lower()].description}"
    return f"{variable}: {message[:1].lower()}{message[1:]}"
