// Apollo Server on Fastify, with the same root resolvers as the others.

import { ApolloServer } from "@apollo/server";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import Fastify from "fastify";

import { resolvers, typeDefs } from "./schema.mjs";
import { callerOf } from "./token.mjs";

const app = Fastify({ bodyLimit: 1_000_000 });
const apollo = new ApolloServer({
  typeDefs,
  resolvers,
  plugins: [fastifyApolloDrainPlugin(app)],
  introspection: false,
  csrfPrevention: false,
});
await apollo.start();

await app.register(fastifyApollo(apollo), {
  context: async (request) => ({ caller: await callerOf(request.headers.authorization) }),
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.GATEWAY_PORT) });
