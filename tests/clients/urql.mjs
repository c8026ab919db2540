// Asks for one person by urql, and prints what its caller gets: data, an error, or both.
import { gql } from "@urql/core";
import { offenderByNumber, print } from "./asking.mjs";
import { client } from "./urql-client.mjs";

const { data, error, extensions } = await client.query(gql(offenderByNumber), {
  nomsNumber: process.env.NOMS_NUMBER,
});

print({
  data,
  error: error && {
    status: error.response?.status,
    network: error.networkError?.message,
    errors: error.graphQLErrors.map(({ path, extensions: about }) => ({ path, extensions: about })),
  },
  extensions,
});
