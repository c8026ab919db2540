// What each of these programs has: the gateway's address and a token by the environment, the operations by
// their files, and one JSON document on standard output.
import { readFileSync } from "node:fs";

export const url = `${process.env.GATEWAY_URL}/graphql`;

export const headers = { authorization: `Bearer ${process.env.TOKEN}` };

const operation = (name) => readFileSync(new URL(`operations/${name}.graphql`, import.meta.url), "utf8");

export const offenderByNumber = ["offender", "prison-half", "probation-half"].map(operation).join("\n");

export const gendersByNumber = operation("genders");

export const print = (document) => process.stdout.write(JSON.stringify(document));
