// Asks for a person, for more of the same person, and the first once more, and prints Apollo Client's cache.
import { gql } from "@apollo/client";
import { client } from "./apollo-client.mjs";
import { gendersByNumber, offenderByNumber, print } from "./asking.mjs";

const nomsNumber = process.env.NOMS_NUMBER;
const person = { query: gql(offenderByNumber), variables: { nomsNumber } };

await client.query(person);
await client.query({ query: gql(gendersByNumber), variables: { nomsNumbers: [nomsNumber] } });
const { data } = await client.query(person);

print({ data, cache: client.cache.extract() });
