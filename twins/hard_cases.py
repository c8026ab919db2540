"""The named hard cases: constructed people, each with one thing that is odd about them."""

TOBIAS_FENHALE = "G4273GI"
MARCUS_OLDROYD_QUAY = "G7106UN"
PETRA_LINDQVALE = "G2911VD"
DESMOND_HALLOWAY = "G6640VX"
IVOR_PELLSTONE = "G9033GN"
ALBERTA_NORTHMERE = "G5518UD"
NOBODY = "A0000AA"
TWO_DELIUS_RECORDS = "G8152UC"
MERGED_SURVIVOR = "H1001SV"
MERGED_AWAY = "H1002MA"
ANOTHERS_NUMBER = "H1003AN"
NUMBER_PADDED_IN_DELIUS = "H1004PD"
NUMBER_ABSENT_IN_DELIUS = "H1005NN"
BORN_ANOTHER_DAY = "H1006BD"
BIRTH_UNKNOWN_TO_DELIUS = "H1007BU"
EXCLUDED = "H1008EX"
RESTRICTED = "H1009RE"
ACCESS_FLAGS_ABSENT = "H1010FA"
OFFICER_UNALLOCATED = "H1011UN"
NO_MANAGER = "H1012NM"
PAST_MANAGERS_ONLY = "H1013PM"
SEVERAL_ACTIVE_MANAGERS = "H1014SA"
FLAG_AND_AREA_AT_ODDS = "H1015FO"
AREA_UNKNOWN = "H1016AU"
SOFT_DELETED = "H1017SD"
ONE_OF_TWO_SENTENCED = "H1018OT"
EXCLUDED_AND_RESTRICTED = "H1019ER"
REGISTRATIONS_ENDED = "H1020EN"
MAPPA_OF_LEVEL_NOUGHT = "H1021ML"
RESOURCING_UNDECIDED = "H1022RU"
RISK_NOT_ASSESSED = "H1023RN"
RISK_LEVEL_BLANK = "H1024RB"
RISK_ASSESSED_TWICE = "H1025RT"
TIER_WRITTEN_OUT = "H1101TW"
TIER_WITH_HYPHEN = "H1102TH"
TIER_WITH_UNDERSCORE = "H1103TU"
TIER_UNIFIED = "H1104UD"
TIER_UNIFIED_UNSUPERVISED = "H1105US"
TIER_SMALL_LETTER = "H1106SL"
TIER_BLANK = "H1107TB"
TIER_ABSENT = "H1108TA"
TIER_NA = "H1109NA"
TIER_NOT_YET_ASSESSED = "H1110NY"
TIER_MISSING = "H1111MI"
TIER_NOT_SUPERVISED = "H1112NS"
TIER_OF_ANOTHER_SCALE = "H1113TE"
TIER_UNKNOWN = "H1114TQ"
RESTRICTED_PATIENT = "H1201RP"
IN_TRANSIT = "H1202TR"
AT_COURT = "H1203CO"
SHARED_BOOKING = "H1204SB"
SHARED_BOOKING_TOO = "H1205SB"
UNKNOWN_TO_NOMIS = "H1206DO"
INDETERMINATE = "H1207IS"
RECALLED = "H1208RC"
IMMIGRATION_DETAINEE = "H1209DE"
SEVERAL_ALERTS = "H1210AL"
ROW_PADDED = "H1301RP"
ROW_DOUBLED = "H1302RD"
ROW_DOUBLED_DIFFERENTLY = "H1303RX"
DELIUS_500 = "H1401SE"
DELIUS_503 = "H1402SU"
DELIUS_403 = "H1403FO"
DELIUS_401 = "H1404UA"
DELIUS_204 = "H1405NC"
DELIUS_HTML = "H1406HT"
DELIUS_WRONG_SHAPE = "H1407WS"
DELIUS_TRUNCATED = "H1408TR"
DELIUS_CUT = "H1409CU"
DELIUS_SLOW = "H1410SL"

HARD_CASES: dict[str, str] = {
    TOBIAS_FENHALE: "the plain case: Leeds, tier B1, NPS, one past manager",
    MARCUS_OLDROYD_QUAY: "behind NDH the body of 2018/19: no tier, no nps flag, CRC by area code",
    PETRA_LINDQVALE: "limited access: a restriction, with a message that nobody may see; tier A2",
    DESMOND_HALLOWAY: "released from Leeds: agency OUT",
    IVOR_PELLSTONE: "on remand, with no Delius record of his own",
    ALBERTA_NORTHMERE: "known to NOMIS but never booked",
    NOBODY: "known to neither system",
    TWO_DELIUS_RECORDS: "two Delius records with active sentences: 409",
    MERGED_SURVIVOR: "survivor of a merge: NOMIS lists the old number, Delius knows only that one",
    MERGED_AWAY: "merged away: unknown to NOMIS, still the number that Delius holds",
    ANOTHERS_NUMBER: "the Delius record carries the number of Ivor Pellstone, by which a search finds it",
    NUMBER_PADDED_IN_DELIUS: "the Delius record writes the number in lower case between spaces",
    NUMBER_ABSENT_IN_DELIUS: "the Delius record carries no NOMS number",
    BORN_ANOTHER_DAY: "the dates of birth differ",
    BIRTH_UNKNOWN_TO_DELIUS: "Delius has no date of birth",
    EXCLUDED: "limited access: an exclusion of one user, with a message",
    RESTRICTED: "limited access: a restriction to one user, with a message",
    ACCESS_FLAGS_ABSENT: "both flags of limited access are absent",
    OFFICER_UNALLOCATED: "the officer is the placeholder Unallocated",
    NO_MANAGER: "no manager at all: the key is absent",
    PAST_MANAGERS_ONLY: "every manager is a past one",
    SEVERAL_ACTIVE_MANAGERS: "two managers are active",
    FLAG_AND_AREA_AT_ODDS: "the nps flag is true, the area code is of a CRC",
    AREA_UNKNOWN: "no nps flag, and an area code X99 of no known kind",
    SOFT_DELETED: "the Delius record is soft deleted",
    ONE_OF_TWO_SENTENCED: "two Delius records, one with an active sentence: that one is answered",
    TIER_WRITTEN_OUT: "tier 'Tier B1'",
    TIER_WITH_HYPHEN: "tier 'A-2'",
    TIER_WITH_UNDERSCORE: "tier 'D_2'",
    TIER_UNIFIED: "tier 'UD0'",
    TIER_UNIFIED_UNSUPERVISED: "tier 'UA2S'",
    TIER_SMALL_LETTER: "tier 'c'",
    TIER_BLANK: "tier of spaces only",
    TIER_ABSENT: "no tier at all",
    TIER_NA: "tier 'NA'",
    TIER_NOT_YET_ASSESSED: "tier 'Not Yet Assessed'",
    TIER_MISSING: "tier 'MISSING'",
    TIER_NOT_SUPERVISED: "tier 'NOT_SUPERVISED'",
    TIER_OF_ANOTHER_SCALE: "tier 'E', of the later scale",
    TIER_UNKNOWN: "tier 'Q7'",
    RESTRICTED_PATIENT: "in hospital: agency OUT, Leeds is the supporting prison",
    IN_TRANSIT: "in transit: agency TRN",
    AT_COURT: "out to court: ACTIVE OUT, still of Leeds",
    SHARED_BOOKING: "has the booking id of another person",
    SHARED_BOOKING_TOO: "has the booking id of another person, too",
    UNKNOWN_TO_NOMIS: "has a Delius record, but NOMIS does not know the number",
    INDETERMINATE: "serves an indeterminate sentence with a tariff",
    RECALLED: "recalled to prison; Delius had another CRN before, by which a search finds the record",
    IMMIGRATION_DETAINEE: "immigration detainee: imprisonment status DET",
    SEVERAL_ALERTS: "several alerts, one of them expired",
    ROW_PADDED: "Frankland: the NOMIS row writes the number in lower case between spaces",
    ROW_DOUBLED: "Frankland: the NOMIS row comes twice, identical",
    ROW_DOUBLED_DIFFERENTLY: "Frankland: the NOMIS row comes twice, and the two differ",
    # So do the services that are asked for one person at a time; the search index has these people plainly.
    DELIUS_500: "Frankland: Delius answers 500",
    DELIUS_503: "Frankland: Delius answers 503 with Retry-After",
    DELIUS_403: "Frankland: Delius answers 403 in plain text",
    DELIUS_401: "Frankland: Delius answers 401 in plain text",
    DELIUS_204: "Frankland: Delius answers 204 without a body",
    DELIUS_HTML: "Frankland: Delius answers 200 with an HTML page",
    DELIUS_WRONG_SHAPE: "Frankland: Delius answers 200 with a list",
    DELIUS_TRUNCATED: "Frankland: Delius answers 200 with half a document",
    DELIUS_CUT: "Frankland: Delius's connection is cut in mid-body",
    DELIUS_SLOW: "Frankland: Delius takes 30 seconds to answer",
    EXCLUDED_AND_RESTRICTED: "limited access: both an exclusion and a restriction",
    REGISTRATIONS_ENDED: "MAPPA level 3 and a very high risk have ended; what stands is a low risk alone",
    MAPPA_OF_LEVEL_NOUGHT: "registered for MAPPA, of level M0",
    RESOURCING_UNDECIDED: "nobody has decided on enhanced or normal resourcing",
    RISK_NOT_ASSESSED: "no risk of serious harm is recorded",
    RISK_LEVEL_BLANK: "the assessment of the risk leaves its level blank",
    RISK_ASSESSED_TWICE: "twice in OASys: a 409 for the risk",
}
