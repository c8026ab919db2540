// Audits the gateway by GraphQL over HTTP, and prints what became of each check.
import { auditServer } from "graphql-http";
import { headers, print, url } from "./asking.mjs";

const withToken = (to, init) => fetch(to, { ...init, headers: { ...headers, ...init?.headers } });

const results = await auditServer({ url, fetchFn: withToken });

print(results.map(({ id, name, status, reason }) => ({ id, name, status, reason })));
