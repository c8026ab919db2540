"""The route `ndh`: the Delius API through the NOMIS Data Hub, by a mutual-TLS sidecar or our own mutual TLS.

No bearer token goes this way: the certificate is the identity (offender-management ADRs 0014 and 0018). Only
200, 404 and 409 are Delius's own answers; whatever else comes back may be the sidecar's or the hub's.
"""

from upstreams.client import Answer
from upstreams.delius.by_crn import read_identified
from upstreams.delius.further_parts import PartCall, mappa_level
from upstreams.delius.offender_detail import reader
from upstreams.delius.person_by_person import ByCrn, Words
from upstreams.records import DeliusRoute, NoRecord


def _no_record(answer: Answer) -> NoRecord | None:
    return {404: NoRecord.NOT_FOUND, 409: NoRecord.AMBIGUOUS}.get(answer.status)


NDH = Words(
    route=DeliusRoute.NDH,
    has_access_flags=True,
    path="offenders/nomsNumber/{number}/all",
    operation="offender-by-noms-number",
    no_record=_no_record,
    reader=reader,
    by_crn=ByCrn("offenders/crn/{crn}/all", "offender-by-crn", read_identified, _no_record),
    further={
        "mappa_level": PartCall(
            "offenders/crn/{crn}/registrations", "registrations", mappa_level, {"activeOnly": "true"}
        )
    },
)
