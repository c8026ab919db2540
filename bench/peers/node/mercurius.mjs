// Mercurius as an expert would write it: compiled by graphql-jit, and nothing but plain fields below the roots.

import Fastify from "fastify";
import mercurius from "mercurius";

import { compilerOptions, resolvers, typeDefs } from "./schema.mjs";
import { callerOf } from "./token.mjs";

const app = Fastify({ bodyLimit: 1_000_000 });

app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  jit: 1,
  compilerOptions,
  context: async (request) => ({ caller: await callerOf(request.headers.authorization) }),
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.GATEWAY_PORT) });
