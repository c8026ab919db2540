// The rules of the join, without any I/O: whose record it is, who may see it, tier, case handler, custody.
// They are the gateway's own (docs/rules.md), for rows whose values have the types of the contract.

const NOMS_NUMBER = /^[A-Z][0-9]{4}[A-Z]{2}$/;
const TIER = /^(?:tier\s*)?U?([A-D])[ _-]?([0-9])?(S)?$/i;
const NOT_ASSESSED = new Set(["na", "not yet assessed", "missing", "not_supervised"]);
const NO_PRISON = new Set(["OUT", "TRN"]);

export const SENTENCE_DATES = [
  "sentenceStartDate",
  "sentenceExpiryDate",
  "licenceExpiryDate",
  "releaseDate",
  "confirmedReleaseDate",
  "conditionalReleaseDate",
  "automaticReleaseDate",
  "paroleEligibilityDate",
  "tariffDate",
  "homeDetentionCurfewEligibilityDate",
  "homeDetentionCurfewActualDate",
];

const text = (written) => written?.trim() || null;
const normalised = (written) => written?.trim().toUpperCase();

// The number in its one spelling, or null where it is none.
export function nomsNumber(written) {
  if (typeof written !== "string") return null;
  const number = normalised(written);
  return NOMS_NUMBER.test(number) ? number : null;
}

// Sorts NOMIS's rows by the numbers that they carry; rows of one person have to say the same.
export function prisonersByNumber(rows) {
  const people = new Map();
  for (const row of rows) {
    const number = nomsNumber(row.prisonerNumber);
    if (number === null) continue;
    const other = people.get(number);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(row)) {
      throw new Error("two rows of NOMIS contradict each other");
    }
    people.set(number, row);
  }
  return people;
}

export function belongs(row, prison) {
  const agency = text(row.prisonId);
  if (agency === null) return true;
  return agency === prison || (row.restrictedPatient !== false && text(row.supportingPrisonId) === prison);
}

export function prisonOf(row) {
  const id = text(row.prisonId);
  return id === null || NO_PRISON.has(id) ? null : { id, name: text(row.prisonName) };
}

export const isPrison = (id) => /^[A-Z0-9]{3}$/.test(id) && !NO_PRISON.has(id);

// Returns for each number { status, record } of what Delius answered. Without the check a status of CHECK is
// left where the record does not say itself that it is open.
export function decided(numbers, answers) {
  const live = new Map(numbers.map((number) => [number, NOT_FOUND]));
  for (const answer of answers) {
    const asked = answer.askedBy !== undefined;
    if (answer.none !== undefined) {
      live.set(answer.askedBy, answer.none === "AMBIGUOUS" ? AMBIGUOUS : NOT_FOUND);
      continue;
    }
    const record = asked ? answer.record : answer;
    if (record.softDeleted === true) continue;
    const own = nomsNumber(record.otherIds.nomsNumber);
    const number = asked ? answer.askedBy : own;
    const before = live.get(number);
    if (before === undefined) continue; // a stranger
    live.set(number, before !== NOT_FOUND ? AMBIGUOUS : own !== number ? MISMATCH : access(record));
  }
  return live;
}

const NOT_FOUND = { status: "NOT_FOUND", record: null };
const AMBIGUOUS = { status: "AMBIGUOUS", record: null };
const MISMATCH = { status: "MISMATCH", record: null };
export const RESTRICTED = { status: "RESTRICTED", record: null };

function access(record) {
  const open = record.currentExclusion === false && record.currentRestriction === false;
  return { status: open ? "FOUND" : "CHECK", record };
}

export const crnOf = (record) => normalised(record.otherIds.crn) || null;

// The CRNs that the check's answer lets this user see; one that it leaves out is not among them.
export function openTo(limitations) {
  const seen = new Map();
  for (const { crn, userExcluded, userRestricted } of limitations) {
    const neither = userExcluded === false && userRestricted === false;
    seen.set(normalised(crn), neither && (seen.get(normalised(crn)) ?? true));
  }
  return seen;
}

function readTier(written) {
  const words = text(written);
  if (words === null) return { tier: null, warning: "TIER_NOT_RECORDED" };
  if (NOT_ASSESSED.has(words.toLowerCase())) return { tier: null, warning: "TIER_NOT_ASSESSED" };
  const found = TIER.exec(words);
  if (found === null) return { tier: null, warning: "TIER_UNRECOGNISED" };
  const level = found[1].toUpperCase();
  return { tier: { level, code: level + (found[2] ?? "") + (found[3] ? "S" : "") }, warning: null };
}

const activeManagers = (record) =>
  (record.offenderManagers ?? []).filter((one) => one.active === true && one.softDeleted !== true);

const latest = (managers) =>
  managers.reduce((one, other) => ((other.fromDate ?? "") > (one.fromDate ?? "") ? other : one));

// NPS or CRC by the flag, else by the provider's letter; at odds: unknown.
function organisation(manager) {
  const flag = manager.probationArea?.nps ?? null;
  const letter = { N: "NPS", C: "CRC" }[normalised(text(manager.probationArea?.code) ?? "")[0]] ?? null;
  if (flag === null) return { organisation: letter ?? "UNKNOWN", conflict: false };
  const byFlag = flag ? "NPS" : "CRC";
  if (letter !== null && letter !== byFlag) return { organisation: "UNKNOWN", conflict: true };
  return { organisation: byFlag, conflict: false };
}

const isEmpty = (written) => written == null || Object.keys(written).length === 0;

function officerOf(staff) {
  if (isEmpty(staff) || staff.unallocated === true) return null;
  return { forenames: text(staff.forenames), surname: text(staff.surname) };
}

function teamOf(team) {
  return isEmpty(team) ? null : { code: text(team.code), name: text(team.description) };
}

// One person, joined. A field is worked out when it is read, so that nobody pays for one not asked for.
export class Offender {
  constructor(number, prisoner, probation) {
    this.nomsNumber = number;
    this.prisoner = prisoner;
    this.probation = probation;
  }

  get firstName() {
    return text(this.prisoner.firstName);
  }

  get lastName() {
    return text(this.prisoner.lastName);
  }

  get dateOfBirth() {
    return this.prisoner.dateOfBirth || null;
  }

  get custodyStatus() {
    const { bookingId, status, restrictedPatient } = this.prisoner;
    const agency = text(this.prisoner.prisonId);
    if (restrictedPatient) return "IN_HOSPITAL";
    if (bookingId == null) return "NEVER_BOOKED";
    const movement = text(status);
    if (movement === "ACTIVE IN") return "IN_PRISON";
    if (movement === "ACTIVE OUT") return "OUT_TEMPORARILY";
    if (movement === "INACTIVE TRN" || agency === "TRN") return "IN_TRANSIT";
    if (movement === "INACTIVE OUT" || agency === "OUT") return "RELEASED";
    return "UNKNOWN";
  }

  get prison() {
    return prisonOf(this.prisoner);
  }

  get cellLocation() {
    return text(this.prisoner.cellLocation);
  }

  get category() {
    const code = text(this.prisoner.category);
    return code === null ? null : { code };
  }

  get sentence() {
    const { prisoner } = this;
    return SENTENCE_DATES.some((date) => prisoner[date]) ? { releaseDate: prisoner.releaseDate || null } : null;
  }

  get crn() {
    const { record } = this.probation;
    return record && crnOf(record);
  }

  get tier() {
    const { record } = this.probation;
    return record && readTier(record.currentTier).tier;
  }

  get caseHandler() {
    const { record } = this.probation;
    const managers = record ? activeManagers(record) : [];
    if (managers.length === 0) return null;
    const manager = latest(managers);
    return {
      organisation: organisation(manager).organisation,
      officer: officerOf(manager.staff),
      team: teamOf(manager.team),
    };
  }

  get probationRecord() {
    return new ProbationRecord(this.prisoner, this.probation);
  }
}

class ProbationRecord {
  constructor(prisoner, probation) {
    this.prisoner = prisoner;
    this.record = probation.record;
    this.status = probation.status;
  }

  get warnings() {
    const { prisoner, record } = this;
    if (record === null) return [];
    const warnings = [];
    if (!prisoner.dateOfBirth || !record.dateOfBirth) warnings.push("IDENTITY_UNCHECKED");
    else if (prisoner.dateOfBirth !== record.dateOfBirth) warnings.push("DATE_OF_BIRTH_DIFFERS");
    const { warning } = readTier(record.currentTier);
    if (warning !== null) warnings.push(warning);
    const managers = activeManagers(record);
    if (managers.length > 0 && organisation(latest(managers)).conflict) warnings.push("CASE_HANDLER_CONFLICT");
    if (managers.length > 1) warnings.push("SEVERAL_ACTIVE_MANAGERS");
    return warnings;
  }
}
