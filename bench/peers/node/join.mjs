// What a root field answers: both systems asked side by side for what was selected, then joined by the rules.

import { SENTENCE_DATES, Offender, RESTRICTED } from "./rules.mjs";
import { belongs, crnOf, decided, isPrison, nomsNumber, openTo, prisonersByNumber, prisonOf } from "./rules.mjs";
import * as upstreams from "./upstreams.mjs";

const MAX_OFFENDERS = 1000;

const COLUMNS = {
  firstName: ["firstName"],
  lastName: ["lastName"],
  dateOfBirth: ["dateOfBirth"],
  custodyStatus: ["bookingId", "status", "prisonId", "restrictedPatient"],
  prison: ["prisonId", "prisonName"],
  cellLocation: ["cellLocation"],
  category: ["category"],
  sentence: SENTENCE_DATES,
};
const OF_A_PRISON = ["prisonId", "prisonName", "supportingPrisonId", "restrictedPatient"];
const PROBATION = new Set(["crn", "tier", "caseHandler", "probationRecord"]);

// What these fields of an offender need: the columns of NOMIS, and whether Delius. The dates of birth are
// compared wherever Delius is asked.
export function askFor(fields, { prison = false } = {}) {
  const delius = fields.some((field) => PROBATION.has(field));
  const columns = [
    "prisonerNumber",
    ...(delius ? ["dateOfBirth"] : []),
    ...(prison ? OF_A_PRISON : []),
    ...fields.flatMap((field) => COLUMNS[field] ?? []),
  ];
  return { delius, columns: [...new Set(columns)].join(",") };
}

export async function offenders(numbers, ask, caller) {
  const distinct = [...new Set(numbers)];
  if (distinct.length > MAX_OFFENDERS) throw new Error(`ask for at most ${MAX_OFFENDERS} people`);
  const [rows, probation] = await Promise.all([
    upstreams.prisoners(distinct, ask.columns),
    ask.delius ? probationOf(distinct, caller) : undefined,
  ]);
  const prisoners = prisonersByNumber(rows);
  return numbers.map((number) => {
    const prisoner = prisoners.get(number);
    return prisoner === undefined ? null : new Offender(number, prisoner, probation?.get(number));
  });
}

export async function prison(id, first, ask, caller) {
  if (!isPrison(id)) return null;
  const people = prisonersByNumber(await upstreams.population(id, ask.columns));
  const numbers = [...people.keys()].filter((number) => belongs(people.get(number), id)).sort();
  const page = numbers.slice(0, first);
  const probation = ask.delius ? await probationOf(page, caller) : undefined;
  const named = numbers.map((number) => prisonOf(people.get(number))).find((one) => one?.id === id && one.name);
  const nodes = page.map((number) => new Offender(number, people.get(number), probation?.get(number)));
  return { id, name: named?.name ?? null, population: { nodes } };
}

// Decides about every record; those that do not say that they are open are checked in one batch.
async function probationOf(numbers, caller) {
  const halves = decided(numbers, await upstreams.probation(numbers));
  const toCheck = new Map();
  for (const [number, half] of halves) {
    if (half.status !== "CHECK") continue;
    const crn = crnOf(half.record);
    if (caller.deliusUser !== null && crn !== null) toCheck.set(number, crn);
    else halves.set(number, RESTRICTED);
  }
  if (toCheck.size > 0) {
    const open = openTo(await upstreams.limitations([...new Set(toCheck.values())], caller.deliusUser));
    for (const [number, crn] of toCheck) {
      halves.set(number, open.get(crn) ? { status: "FOUND", record: halves.get(number).record } : RESTRICTED);
    }
  }
  return halves;
}

// A NOMS number of a question, in its one spelling.
export function questioned(written) {
  const number = nomsNumber(written);
  if (number === null) throw new TypeError("a NOMS number is a letter, four digits and two letters");
  return number;
}
