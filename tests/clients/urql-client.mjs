// urql as a caller sets it up. By itself it asks by GET; a gateway without GRAPHQL_GET has to be asked by POST.
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { headers, url } from "./asking.mjs";

export const client = new Client({
  url,
  exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers },
  ...(process.env.METHOD === "POST" && { preferGetMethod: false }),
});
