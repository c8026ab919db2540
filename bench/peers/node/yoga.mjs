// GraphQL Yoga on node:http, with envelop's graphql-jit and the same root resolvers as the others.

import { createServer } from "node:http";

import { useGraphQlJit } from "@envelop/graphql-jit";
import { createSchema, createYoga } from "graphql-yoga";

import { compilerOptions, resolvers, typeDefs } from "./schema.mjs";
import { callerOf } from "./token.mjs";

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  plugins: [useGraphQlJit(compilerOptions)],
  context: async ({ request }) => ({ caller: await callerOf(request.headers.get("authorization")) }),
  graphiql: false,
  landingPage: false,
  logging: false,
  cors: false,
});

createServer(yoga).listen(Number(process.env.GATEWAY_PORT), "127.0.0.1");
