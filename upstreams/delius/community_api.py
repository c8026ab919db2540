"""The route `community-api`: the Community API under /secure, by OAuth (contract b.2).

Its look-up by NOMS number does not check limited access itself, but tells its two flags. The one by CRN does
both.
"""

from upstreams.client import FORBIDDEN, Answer
from upstreams.delius.access_limitation import refuses_for_a_limit, says_that_access_is_limited
from upstreams.delius.by_crn import read_identified
from upstreams.delius.further_parts import NOT_FOUND, PartCall, mappa_level, officer_contacts, resourcing
from upstreams.delius.offender_detail import reader
from upstreams.delius.person_by_person import ByCrn, Words
from upstreams.records import DeliusRoute, NoRecord


def _no_record(answer: Answer) -> NoRecord | None:
    match answer.status:
        case 404 | 204 if answer.may_be_the_service_s:
            return NoRecord.NOT_FOUND
        case 409 if answer.may_be_the_service_s:
            return NoRecord.AMBIGUOUS
        case 403 if says_that_access_is_limited(answer.body):
            return NoRecord.RESTRICTED
    return None


def _no_record_by_crn(answer: Answer) -> NoRecord | None:
    if answer.status == FORBIDDEN and refuses_for_a_limit(answer.body):
        return NoRecord.RESTRICTED
    return _no_record(answer)


COMMUNITY_API = Words(
    route=DeliusRoute.COMMUNITY_API,
    has_access_flags=True,
    path="secure/offenders/nomsNumber/{number}/all",
    operation="offender-by-noms-number",
    no_record=_no_record,
    reader=reader,
    by_crn=ByCrn(
        "secure/offenders/crn/{crn}/all",
        "offender-by-crn",
        read_identified,
        _no_record_by_crn,
        telling=(FORBIDDEN,),
        checks_access=True,
    ),
    # By default the one record with an active sentence is answered, and the other not told.
    query={"failOnDuplicate": "true"},
    telling=(FORBIDDEN,),
    further={
        "mappa_level": PartCall(
            "secure/offenders/crn/{crn}/registrations",
            "registrations",
            mappa_level,
            {"activeOnly": "true"},
            checks_access=True,
        ),
        "resourcing": PartCall(
            "secure/offenders/crn/{crn}/risk/resourcing/latest",
            "resourcing",
            resourcing,
            said_by_status={NOT_FOUND: None},
            checks_access=True,
        ),
        "officer_contacts": PartCall(
            "secure/offenders/crn/{crn}/allOffenderManagers",
            "all-offender-managers",
            officer_contacts,
            checks_access=True,
        ),
    },
)
