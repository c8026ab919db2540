"""What every OAuth twin asks of a call: a bearer token that HMPPS Auth vouches for, and one of some roles."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from twins.hmpps_auth import Claims, HmppsAuthTwin


def refusal(request: Request, auth: HmppsAuthTwin, roles: frozenset[str] | None) -> Response | None:
    """Return the 401 or 403 that this call earns; roles go without ROLE_, None asks for a token only."""
    claims = claims_of(request, auth)
    if claims is None:
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    held = {role.removeprefix("ROLE_") for role in claims.get("authorities", ())}
    if roles is not None and not held & roles:
        return JSONResponse({"status": 403}, status_code=403)
    return None


def claims_of(request: Request, auth: HmppsAuthTwin) -> Claims | None:
    """Return the claims of the call's token, if it is good."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return auth.verify(token) if scheme.lower() == "bearer" else None
