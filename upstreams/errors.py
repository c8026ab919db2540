"""Errors that cross a boundary, and what each means to a caller.

    GatewayError
    ├── UpstreamError           a system did not give what it was asked for
    │   ├── Unreachable         no connection, or one that broke
    │   ├── TimedOut            not answered within the time of one call
    │   ├── OutOfTime           not answered within the time of the whole request
    │   ├── Refused             the upstream refused the gateway itself (401 or 403)
    │   │   └── NeedsUser       it answers in the name of a user only, and there is none
    │   ├── CheckRefused        the check of limited access did
    │   ├── Untold              it is not asked for this, by the settings
    │   ├── BadAnswer           an answer, but not one that the contract knows
    │   └── NoExtract           no extract could be read yet
    ├── TooManyPeople           a prison holds more people than may be scanned
    ├── AuthUnavailable         HMPPS Auth did not answer as agreed
    ├── AuthRefused             HMPPS Auth did not take the gateway's own credentials
    └── CallerError             the request cannot run (raised in `gateway`)
        ├── Unauthenticated
        ├── KeysUnavailable
        ├── BadInput
        └── TooComplex

Messages are our own words: nothing of an upstream, a token or a person stands in them.
"""

from upstreams.records import Failure, FailureCode, Route, System


class GatewayError(Exception):
    """Anything that the gateway expects to go wrong."""


class UpstreamError(GatewayError):
    """A system did not give what it was asked for."""

    retryable = True
    words = "did not answer as agreed"

    def __init__(self, system: System, route: Route | None) -> None:
        super().__init__(f"{system.value} {self.words}")
        self.system = system
        self.route = route

    @property
    def code(self) -> FailureCode:
        """The code that a caller sees."""
        return FailureCode[f"{self.system.value}_UNAVAILABLE"]

    def failure(self) -> Failure:
        """Return the same as plain data, to stand in the place of an answer."""
        return Failure(
            code=self.code,
            message=f"{SPOKEN[self.system]} {self.words}.",
            system=self.system,
            route=self.route,
            retryable=self.retryable,
        )


SPOKEN = {System.NOMIS: "NOMIS", System.DELIUS: "Delius"}


class Unreachable(UpstreamError):
    """No connection could be made, or it broke before the answer was whole."""

    words = "could not be reached; try again later"


class TimedOut(UpstreamError):
    """One call took longer than the system's own timeout."""

    words = "did not answer in time; try again later"


class OutOfTime(UpstreamError):
    """The whole request's time was up before this answer came."""

    words = "did not answer within the time of the request; try again, or ask for fewer people"

    @property
    def code(self) -> FailureCode:
        """The same code whichever system was waited for."""
        return FailureCode.DEADLINE_EXCEEDED


class Refused(UpstreamError):
    """The upstream refused the gateway: its credentials or its roles, not the caller's."""

    retryable = False
    words = "refused the gateway; its operators have to look at its roles"

    @property
    def code(self) -> FailureCode:
        """The code that names the system that refused."""
        return FailureCode[f"{self.system.value}_FORBIDDEN"]


class NeedsUser(Refused):
    """The upstream tells this in the name of a user only, and nobody is named in whose it could be asked."""

    words = "tells a prison's people only in the name of a user, and nobody is named who asks"


class CheckRefused(UpstreamError):
    """The check of limited access refused the gateway, so that a record which was had cannot be shown."""

    retryable = False
    words = "refused the gateway its check of limited access; its operators have to look at its roles"


class Untold(UpstreamError):
    """The route does not tell it, and no service that does is configured."""

    retryable = False
    words = "is not asked for this; the gateway's operators have to set RISK_ASSESSMENT_URL"


class BadAnswer(UpstreamError):
    """An answer that the contract does not know: another status, another shape, too large, or no JSON."""


class NoExtract(UpstreamError):
    """The route is a file, and none that is whole has come yet."""

    words = "is asked by its extract, and none could be read yet; try again later"


class TooManyPeople(GatewayError):
    """A prison holds more people than may be scanned."""


class AuthUnavailable(GatewayError):
    """HMPPS Auth did not answer as agreed, so there is no token or no key to go on with."""


class AuthRefused(GatewayError):
    """HMPPS Auth did not take the gateway's own credentials."""


class CallerError(GatewayError):
    """The request cannot run, and the message says what to do about it."""

    code = "INTERNAL"
    status = 400


class Unauthenticated(CallerError):
    """No token, or one that does not hold."""

    code = "UNAUTHENTICATED"
    status = 401


class KeysUnavailable(CallerError):
    """The signing keys of HMPPS Auth are not to be had, so no token can be judged: not the caller's fault."""

    code = "AUTH_UNAVAILABLE"
    status = 503


class BadInput(CallerError):
    """An argument, a variable or the request itself is malformed."""

    code = "BAD_USER_INPUT"


class TooComplex(CallerError):
    """More is asked for than a limit allows; the message names the limit, its value and what to lower."""

    code = "OPERATION_TOO_COMPLEX"
