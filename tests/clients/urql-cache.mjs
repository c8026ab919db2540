// Asks for the same person twice by urql, and prints what its caller gets of each.
import { gql } from "@urql/core";
import { offenderByNumber, print } from "./asking.mjs";
import { client } from "./urql-client.mjs";

const ask = () => client.query(gql(offenderByNumber), { nomsNumber: process.env.NOMS_NUMBER });

const first = await ask();
const again = await ask();

print([first.data, again.data]);
