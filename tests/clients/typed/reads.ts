// Asks by the generated documents, and reads the answers by the generated types.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { OffenderByNumberDocument, type OffenderByNumberQuery, type Scalars, type TierLevel } from "./generated/graphql";

const url = "http://127.0.0.1/graphql";
const variables = { nomsNumber: "G4273GI" };
const apollo = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
const urql = new Client({ url, exchanges: [fetchExchange] });

// Every level has its word, and no level but these.
const intensity: Record<TierLevel, string> = { A: "most", B: "more", C: "less", D: "least" };

export function intensityOf(data: OffenderByNumberQuery | null | undefined): string | undefined {
  const level = data?.offender?.tier?.level;
  return level && intensity[level];
}

export async function ask(): Promise<(string | undefined)[]> {
  const byApollo = await apollo.query({ query: OffenderByNumberDocument, variables });
  const byUrql = await urql.query(OffenderByNumberDocument, variables);
  return [intensityOf(byApollo.data), intensityOf(byUrql.data)];
}

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
type Written = { [name in "NomsNumber" | "Crn" | "Date" | "DateTime"]: Same<Scalars[name]["output"], string> };

// Scalars are strings, and not of any type.
export const written: Written = { NomsNumber: true, Crn: true, Date: true, DateTime: true };
