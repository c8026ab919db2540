// Tokens: the caller's, verified once and remembered until it ends; and the peer's own, one for the process.

import { createRemoteJWKSet, jwtVerify } from "jose";

const { HMPPS_AUTH_URL, HMPPS_AUTH_CLIENT_ID, HMPPS_AUTH_CLIENT_SECRET } = process.env;
const ISSUER = `${HMPPS_AUTH_URL}/issuer`;
const ROLES = ["ROLE_OFFENDER_GATEWAY__PRISON__RO", "ROLE_OFFENDER_GATEWAY__PROBATION__RO"];
const REMEMBERED = 1000;
const RENEWED_BEFORE_SECONDS = 20;

const keys = createRemoteJWKSet(new URL(`${HMPPS_AUTH_URL}/.well-known/jwks.json`));
const callers = new Map();

export class Unauthenticated extends Error {}

// Returns who asks, or a promise of it; without a good token it throws or rejects.
export function callerOf(authorization) {
  const caller = callers.get(authorization);
  if (caller !== undefined && caller.ends > Date.now()) return caller;
  return verified(authorization);
}

async function verified(authorization) {
  const [scheme, token] = (authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) throw new Unauthenticated();
  let claims;
  try {
    ({ payload: claims } = await jwtVerify(token, keys, { issuer: ISSUER, algorithms: ["RS256"] }));
  } catch {
    throw new Unauthenticated();
  }
  const roles = claims.authorities ?? [];
  if (!ROLES.every((role) => roles.includes(role))) throw new Unauthenticated();
  const caller = {
    deliusUser: claims.auth_source === "delius" ? claims.user_name : null,
    ends: claims.exp * 1000,
  };
  if (callers.size >= REMEMBERED) callers.clear();
  callers.set(authorization, caller);
  return caller;
}

let own;
let ends = 0;

// The header by which the upstreams know us: a string, or a promise of it where it has to be renewed.
export function ownAuthorization() {
  if (ends <= Date.now()) {
    ends = Infinity;
    own = renewed();
  }
  return own;
}

async function renewed() {
  try {
    const answer = await fetch(`${HMPPS_AUTH_URL}/oauth/token?grant_type=client_credentials`, {
      method: "POST",
      headers: {
        Authorization: `Basic ${btoa(`${HMPPS_AUTH_CLIENT_ID}:${HMPPS_AUTH_CLIENT_SECRET}`)}`,
      },
    });
    if (!answer.ok) throw new Error(`HMPPS Auth answered ${answer.status}`);
    const { access_token: token, expires_in: seconds } = await answer.json();
    ends = Date.now() + (seconds - RENEWED_BEFORE_SECONDS) * 1000;
    own = `Bearer ${token}`;
    return own;
  } catch (error) {
    ends = 0;
    throw error;
  }
}
