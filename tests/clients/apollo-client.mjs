// Apollo Client as a caller sets it up: one link, and a cache that knows a person by their NOMS number.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { headers, url } from "./asking.mjs";

export const client = new ApolloClient({
  link: new HttpLink({ uri: url, headers }),
  cache: new InMemoryCache({ typePolicies: { Offender: { keyFields: ["nomsNumber"] } } }),
});
