// Asks for one person by Apollo Client, and prints what its caller gets: data, an error, or both.
import { gql } from "@apollo/client";
import { client } from "./apollo-client.mjs";
import { offenderByNumber, print } from "./asking.mjs";

const { data, error } = await client.query({
  query: gql(offenderByNumber),
  variables: { nomsNumber: process.env.NOMS_NUMBER },
  errorPolicy: "all",
});

print({ data, error: error && { name: error.name, errors: error.errors } });
