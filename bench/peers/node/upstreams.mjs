// The calls to NOMIS and Delius: pooled and kept alive, at most 20 in flight to a system, lists in bulk.

import { Pool } from "undici";

import { ownAuthorization } from "./token.mjs";

const {
  PRISONER_SEARCH_URL,
  DELIUS_ROUTE,
  PROBATION_SEARCH_URL,
  DELIUS_NDH_URL,
  PROBATION_ACCESS_URL,
} = process.env;

const IN_FLIGHT = 20;
const MOST_PRISONERS = 1000;
const MOST_ENTRIES = 1024; // of probation search, which answers at most as many rows as entries were sent
const ROOM = 24;
const MOST_CRNS = 1000;
const LARGEST_POPULATION = 3000;

// A connection carries one call at a time, so that the pool's size is the number of calls in flight.
function service(base) {
  const url = new URL(base);
  const options = { connections: IN_FLIGHT, pipelining: 1, keepAliveTimeout: 30_000, bodyTimeout: 5_000 };
  return { pool: new Pool(url.origin, options), prefix: url.pathname === "/" ? "" : url.pathname };
}

const nomis = service(PRISONER_SEARCH_URL);
const delius = service(DELIUS_ROUTE === "ndh" ? DELIUS_NDH_URL : PROBATION_SEARCH_URL);
const access = service(PROBATION_ACCESS_URL);

async function oauth({ pool, prefix }, method, path, body) {
  const answer = await pool.request({
    method,
    path: prefix + path,
    headers: { authorization: await ownAuthorization(), "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    throw new Error(`an upstream answered ${answer.statusCode}`);
  }
  return answer.body.json();
}

function chunksOf(list, most) {
  if (list.length <= most) return [list];
  return Array.from({ length: Math.ceil(list.length / most) }, (_, n) => list.slice(n * most, (n + 1) * most));
}

async function chunked(list, most, ask) {
  const answers = await Promise.all(chunksOf(list, most).map(ask));
  return answers.length === 1 ? answers[0] : answers.flat();
}

// The rows of these people, in no order.
export function prisoners(numbers, columns) {
  const path = `/prisoner-search/prisoner-numbers?responseFields=${columns}`;
  return chunked(numbers, MOST_PRISONERS, (prisonerNumbers) => oauth(nomis, "POST", path, { prisonerNumbers }));
}

// Everybody in a prison, its restricted patients among them, as one page.
export async function population(prison, columns) {
  const query = `include-restricted-patients=true&page=0&size=${LARGEST_POPULATION}&responseFields=${columns}`;
  const page = await oauth(nomis, "GET", `/prisoner-search/prison/${prison}?${query}`);
  if (page.totalElements !== page.content.length) throw new Error("the population did not fit into its page");
  return page.content;
}

// What Delius has of these people: an array of records, each to be known by the number that it carries.
export const probation = DELIUS_ROUTE === "ndh" ? oneByOne : inBulk;

function inBulk(numbers) {
  return chunked(numbers, MOST_ENTRIES - ROOM, searched);
}

async function searched(numbers) {
  const sent = Array.from({ length: numbers.length + ROOM }, (_, n) => numbers[n % numbers.length]);
  const rows = await oauth(delius, "POST", "/nomsNumbers", sent);
  // A full answer may be a cut one: somebody with several records may have pushed another out.
  if (rows.length < sent.length) return rows;
  if (numbers.length === 1) throw new Error("probation search answered more rows than it can have");
  const middle = numbers.length >> 1;
  return (await Promise.all([searched(numbers.slice(0, middle)), searched(numbers.slice(middle))])).flat();
}

// By NDH the question decides whom an answer is about, so that its own number can be another's.
async function oneByOne(numbers) {
  return Promise.all(numbers.map(one));
}

async function one(number) {
  const path = `${delius.prefix}/offenders/nomsNumber/${number}/all`;
  const { statusCode, body } = await delius.pool.request({ method: "GET", path });
  if (statusCode === 200) return { askedBy: number, record: await body.json() };
  await body.dump();
  if (statusCode === 404) return { askedBy: number, none: "NOT_FOUND" };
  if (statusCode === 409) return { askedBy: number, none: "AMBIGUOUS" };
  throw new Error(`Delius answered ${statusCode}`);
}

// Which of these records this user may see: whether each is excluded or restricted.
export async function limitations(crns, user) {
  const path = `/probation-cases/access?username=${encodeURIComponent(user)}`;
  return chunked(crns, MOST_CRNS, async (some) => (await oauth(access, "POST", path, { crns: some })).access);
}
