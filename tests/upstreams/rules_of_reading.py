"""What the parts of an upstream's row come to by the rules: plain, slow, and without the routes' code."""

from datetime import date

import msgspec

from upstreams.errors import BadAnswer
from upstreams.identifiers import CRN, NOMS_NUMBER, normalised
from upstreams.records import (
    Alert,
    CodedValue,
    FieldFailure,
    NomisRoute,
    NoRecord,
    OffenderManager,
    PrisonerRecord,
    ProbationOfficer,
    ProbationTeam,
    Sentence,
    System,
)

FAILED = BadAnswer(System.NOMIS, NomisRoute.PRISONER_SEARCH).failure()
NOT_READ = {"noms_number", "retrieved_at", "unreadable", "identifiers"}
"""What is about the record, and what is kept as it was written."""
PARTS = tuple(part for part in PrisonerRecord.__struct_fields__ if part not in NOT_READ)


def camel(name):
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


DATES = {
    **{name: camel(name) for name in Sentence.__struct_fields__},
    "start_date": "sentenceStartDate",
    "expiry_date": "sentenceExpiryDate",
}


BY_CRN = {"crn", "mappa_level", "resourcing", "officer_contacts", "risk"}
"""What the CRN is read for of a record that is open: itself, and what further calls by it tell."""


class Odd(Exception):
    """The value is not of the type that the contract says."""


def text(value):
    if value is not None and not isinstance(value, str):
        raise Odd
    return (value or "").strip() or None


def flag(value):
    if value is not None and not isinstance(value, bool):
        raise Odd
    return value


def day(value):
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) != 10:
        raise Odd
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Odd from error


def identifier(value):
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def objects(value):
    if value is not None and not isinstance(value, dict):
        raise Odd
    return value or {}


def lists(value):
    if value is not None and not isinstance(value, list):
        raise Odd
    return value or []


def coded(value):
    code = text(objects(value).get("code"))
    return None if code is None else CodedValue(code, text(value.get("description")))


def alert(value):
    if not isinstance(value, dict) or text(value.get("alertCode")) is None:
        raise Odd
    return Alert(
        text(value["alertCode"]),
        text(value.get("alertType")),
        flag(value.get("active")),
        flag(value.get("expired")),
    )


def or_failed(read, value, failure):
    try:
        return read(value)
    except Odd:
        return FieldFailure(failure)


def plain(read, key):
    return lambda row: read(row.get(key))


def sentence(row):
    dates = {part: or_failed(day, row.get(key), FAILED) for part, key in DATES.items()}
    return Sentence(**dates) if any(dates.values()) else None


def imprisonment_status(row):
    code = text(row.get("imprisonmentStatus"))
    return None if code is None else CodedValue(code, text(row.get("imprisonmentStatusDescription")))


def merged_from(row):
    merged = [
        (text(one.get("value")) or "").upper()
        for one in lists(row.get("identifiers"))
        if isinstance(one, dict) and one.get("type") == "MERGED"
    ]
    numbers = {one for one in merged if NOMS_NUMBER.fullmatch(one)}
    return tuple(sorted(numbers - {row["prisonerNumber"]}))


WRITTEN_OTHERWISE = {"movement_status": "status", "agency_id": "prisonId", "agency_name": "prisonName"}
FLAGS = ("youth_offender", "restricted_patient", "recall", "indeterminate_sentence")
PRISONER_RULES = {
    **{
        part: plain(
            flag if part in FLAGS else text,
            WRITTEN_OTHERWISE.get(part, camel(part)),
        )
        for part in PARTS
    },
    "booking_id": plain(identifier, "bookingId"),
    "date_of_birth": plain(day, "dateOfBirth"),
    "category": lambda row: None if (code := text(row.get("category"))) is None else CodedValue(code),
    "imprisonment_status": imprisonment_status,
    "sentence": sentence,
    "alerts": lambda row: None if row.get("alerts") is None else tuple(map(alert, lists(row["alerts"]))),
    "merged_from": merged_from,
}


def seen(value, like):
    """Return a value by the vocabulary's names, as the other one has them: a route has classes of its own."""
    if isinstance(like, tuple):
        return tuple(seen(one, other) for one, other in zip(value, like, strict=True))
    if isinstance(like, msgspec.Struct) and value is not None:
        names = like.__struct_fields__
        return type(like)(**{name: seen(getattr(value, name), getattr(like, name)) for name in names})
    return value


def unreadable(part):
    name, value = part
    dates = [getattr(value, one) for one in DATES] if isinstance(value, Sentence) else [value]
    return name if any(isinstance(one, FieldFailure) for one in dates) else None


def managers(value, parts):
    return tuple(manager(one, parts) for one in map(objects, lists(value)) if is_active(one))


def is_active(value):
    return flag(value.get("active")) is True and flag(value.get("softDeleted")) is not True


def manager(value, parts):
    area = objects(value.get("probationArea"))
    return OffenderManager(
        nps=flag(area.get("nps")),
        provider=coded(area if "provider" in parts else {"code": area.get("code")}),
        officer=officer(objects(value.get("staff"))) if "officer" in parts else None,
        team=team(objects(value.get("team")), parts) if "team" in parts else None,
        allocated_on=day(value.get("fromDate")),
    )


def officer(staff):
    told = [staff.get(key) for key in ("code", "forenames", "surname")]
    if flag(staff.get("unallocated")) is True or told == [None, None, None]:
        return None
    return ProbationOfficer(code=text(told[0]), forenames=text(told[1]), surname=text(told[2]))


def team(value, parts):
    told = [value.get(key) for key in ("code", "description", "telephone")]
    unit = None
    if "local_delivery_unit" in parts:
        unit = coded(value.get("localDeliveryUnit")) or coded(value.get("district"))
    if told == [None, None, None]:
        return None
    return ProbationTeam(
        code=text(told[0]), name=text(told[1]), telephone=text(told[2]), local_delivery_unit=unit
    )


def crn(value):
    if (number := text(value)) is not None and not CRN.fullmatch(number := normalised(number)):
        raise Odd
    return number


def mappa_level(value):
    level = objects(value).get("level")
    if level is not None and (
        isinstance(level, bool) or level not in (0, 1, 2, 3) or isinstance(level, float)
    ):
        raise Odd
    return level or 0


def limit(value):
    return value if isinstance(value, bool) else None


def probation_values(body, parts, failure, *, tells_mappa):
    """Return the values of a record, or what is answered in the place of one."""
    if or_failed(flag, body.get("softDeleted"), failure) == FieldFailure(failure):
        return failure
    if body.get("softDeleted") is True:
        return NoRecord.NOT_FOUND
    found = {
        "crn": None,
        "excluded": limit(body.get("currentExclusion")),
        "restricted": limit(body.get("currentRestriction")),
    }
    is_open = found["excluded"] is False and found["restricted"] is False
    if not is_open or not BY_CRN.isdisjoint(parts):
        found["crn"] = or_failed(crn, body["otherIds"].get("crn"), failure)
    if "date_of_birth" in parts:
        found["date_of_birth"] = or_failed(day, body.get("dateOfBirth"), failure)
    if "tier" in parts:
        found["tier"] = or_failed(text, body.get("currentTier"), failure)
    if "managers" in parts:
        found["managers"] = or_failed(lambda one: managers(one, parts), body.get("offenderManagers"), failure)
    if "mappa_level" in parts and tells_mappa:
        found["mappa_level"] = or_failed(mappa_level, body.get("mappa"), failure)
    return found
