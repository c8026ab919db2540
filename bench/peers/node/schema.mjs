// The part of the gateway's schema that the benchmark asks for, with resolvers at the roots alone.

import { GraphQLScalarType, Kind } from "graphql";

import { askFor, offenders, prison, questioned } from "./join.mjs";

export const typeDefs = /* GraphQL */ `
  scalar NomsNumber
  scalar Crn
  scalar Date

  type Query {
    offender(nomsNumber: NomsNumber!): Offender
    offenders(nomsNumbers: [NomsNumber!]!): [Offender]!
    prison(id: ID!): Prison
  }

  type Offender {
    nomsNumber: NomsNumber!
    firstName: String
    lastName: String
    dateOfBirth: Date
    custodyStatus: CustodyStatus
    prison: PrisonRef
    cellLocation: String
    category: CodedValue
    sentence: Sentence
    crn: Crn
    tier: Tier
    caseHandler: CaseHandler
    probationRecord: ProbationRecord!
  }

  type PrisonRef {
    id: ID!
    name: String
  }

  type CodedValue {
    code: String!
  }

  type Sentence {
    releaseDate: Date
  }

  type Tier {
    level: TierLevel!
    code: String!
  }

  type CaseHandler {
    organisation: CaseHandlerOrganisation!
    officer: ProbationOfficer
    team: ProbationTeam
  }

  type ProbationOfficer {
    forenames: String
    surname: String
  }

  type ProbationTeam {
    code: String
    name: String
  }

  type ProbationRecord {
    status: ProbationRecordStatus!
    warnings: [ProbationRecordWarning!]!
  }

  type Prison {
    id: ID!
    name: String
    population(first: Int = 100): OffenderConnection
  }

  type OffenderConnection {
    nodes: [Offender!]!
  }

  enum CustodyStatus {
    IN_PRISON
    OUT_TEMPORARILY
    IN_TRANSIT
    IN_HOSPITAL
    RELEASED
    NEVER_BOOKED
    UNKNOWN
  }

  enum TierLevel {
    A
    B
    C
    D
  }

  enum CaseHandlerOrganisation {
    NPS
    CRC
    UNKNOWN
  }

  enum ProbationRecordStatus {
    FOUND
    NOT_FOUND
    AMBIGUOUS
    MISMATCH
    RESTRICTED
    FORBIDDEN
    UNAVAILABLE
  }

  enum ProbationRecordWarning {
    DATE_OF_BIRTH_DIFFERS
    IDENTITY_UNCHECKED
    TIER_NOT_RECORDED
    TIER_NOT_ASSESSED
    TIER_UNRECOGNISED
    CASE_HANDLER_CONFLICT
    SEVERAL_ACTIVE_MANAGERS
  }
`;

// What a field selects is the same for every request of a document, whose parsed form is remembered.
const asks = new WeakMap();

function lookAhead(info, path, options) {
  const node = info.fieldNodes[0];
  let ask = asks.get(node);
  if (ask === undefined) {
    let nodes = info.fieldNodes;
    for (const name of path) nodes = selected(nodes, info.fragments).filter((one) => one.name.value === name);
    ask = askFor(selected(nodes, info.fragments).map((one) => one.name.value), options);
    ask.page = pageOf(info, node);
    asks.set(node, ask);
  }
  return ask;
}

function selected(nodes, fragments) {
  return nodes.flatMap((node) =>
    (node.selectionSet?.selections ?? []).flatMap((one) => {
      if (one.kind === Kind.FIELD) return [one];
      return selected([one.kind === Kind.FRAGMENT_SPREAD ? fragments[one.name.value] : one], fragments);
    }),
  );
}

// The page of the population that is asked for below this field, as the document writes it.
function pageOf(info, node) {
  const population = selected([node], info.fragments).find((one) => one.name.value === "population");
  const first = population?.arguments.find((one) => one.name.value === "first")?.value;
  if (first === undefined) return () => 100;
  return first.kind === Kind.VARIABLE
    ? (variables) => variables[first.name.value]
    : () => Number(first.value);
}

export const resolvers = {
  NomsNumber: new GraphQLScalarType({
    name: "NomsNumber",
    parseValue: questioned,
    parseLiteral: (node) => questioned(node.value),
  }),
  Query: {
    offender: async (_, { nomsNumber }, { caller }, info) =>
      (await offenders([nomsNumber], lookAhead(info, []), caller))[0],
    offenders: (_, { nomsNumbers }, { caller }, info) => offenders(nomsNumbers, lookAhead(info, []), caller),
    prison: (_, { id }, { caller }, info) => {
      const ask = lookAhead(info, ["population", "nodes"], { prison: true });
      return prison(id, ask.page(info.variableValues), ask, caller);
    },
  },
};

// The rules answer values of the schema's own types alone, so that no leaf needs to be checked once more.
export const compilerOptions = { disableLeafSerialization: true };
