// A bare Node server: node:http, undici, JSON and the rules, with an answer written by hand for each operation.

import { createServer } from "node:http";

import { askFor, offenders, prison, questioned } from "./join.mjs";
import { callerOf, Unauthenticated } from "./token.mjs";

const tierLevel = (tier) => tier && { level: tier.level };
const surname = (officer) => officer && { surname: officer.surname };
const prisonName = (one) => one && { name: one.name };

function eight(one) {
  const { caseHandler } = one;
  return {
    nomsNumber: one.nomsNumber,
    firstName: one.firstName,
    lastName: one.lastName,
    dateOfBirth: one.dateOfBirth,
    prison: prisonName(one.prison),
    tier: tierLevel(one.tier),
    caseHandler: caseHandler && {
      organisation: caseHandler.organisation,
      officer: surname(caseHandler.officer),
    },
    probationRecord: { status: one.probationRecord.status },
  };
}

function twelve(one) {
  const { caseHandler, probationRecord } = one;
  return {
    nomsNumber: one.nomsNumber,
    firstName: one.firstName,
    lastName: one.lastName,
    dateOfBirth: one.dateOfBirth,
    custodyStatus: one.custodyStatus,
    prison: prisonName(one.prison),
    sentence: one.sentence,
    cellLocation: one.cellLocation,
    crn: one.crn,
    tier: one.tier,
    caseHandler: caseHandler && { organisation: caseHandler.organisation, officer: caseHandler.officer },
    probationRecord: { status: probationRecord.status, warnings: probationRecord.warnings },
  };
}

const team = (one) => ({
  nomsNumber: one.nomsNumber,
  caseHandler: one.caseHandler && { team: one.caseHandler.team },
});

const ofNomis = (one) => ({
  nomsNumber: one.nomsNumber,
  firstName: one.firstName,
  lastName: one.lastName,
  dateOfBirth: one.dateOfBirth,
  custodyStatus: one.custodyStatus,
  prison: prisonName(one.prison),
  category: one.category,
  cellLocation: one.cellLocation,
});

const everything = (one) => ({
  ...twelve(one),
  prison: one.prison,
  category: one.category,
  caseHandler: one.caseHandler,
});

const EIGHT = ["firstName", "lastName", "dateOfBirth", "prison", "tier", "caseHandler", "probationRecord"];
const OF_NOMIS = ["firstName", "lastName", "dateOfBirth", "custodyStatus", "prison", "cellLocation"];
const TWELVE = [...OF_NOMIS, "sentence", "crn", "tier", "caseHandler", "probationRecord"];
const TEAM = askFor(["caseHandler"], { prison: true });

function list(fields, row) {
  const ask = askFor(fields);
  return async ({ numbers }, caller) => {
    const people = await offenders(numbers.map(questioned), ask, caller);
    return { offenders: people.map((one) => one && row(one)) };
  };
}

const ONE = askFor(EIGHT);

const operations = {
  async W1({ number }, caller) {
    const [person] = await offenders([questioned(number)], ONE, caller);
    return { offender: person && eight(person) };
  },
  W2: list(EIGHT, eight),
  W3: list(TWELVE, twelve),
  async W4({ prison: id }, caller) {
    const found = await prison(id, 1000, TEAM, caller);
    return { prison: found && { name: found.name, population: { nodes: found.population.nodes.map(team) } } };
  },
  W5: list([...OF_NOMIS, "category"], ofNomis),
  Everything: list([...TWELVE, "category"], everything),
};

async function answered(request) {
  const caller = await callerOf(request.headers.authorization);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { operationName, variables } = JSON.parse(Buffer.concat(chunks));
  return operations[operationName](variables, caller);
}

createServer(async (request, response) => {
  let status = 200;
  let body;
  try {
    body = JSON.stringify({ data: await answered(request) });
  } catch (error) {
    status = error instanceof Unauthenticated ? 401 : 500;
    body = JSON.stringify({ errors: [{ message: error.message }] });
  }
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}).listen(Number(process.env.GATEWAY_PORT), "127.0.0.1");
