import type { GraphiQLProps } from 'graphiql';
import { Kind, parse } from 'graphql';
import { cursorOf, type Editor } from './cursor';
import { NO_TOKEN_NEEDED, type Token } from './token-bar';

/** Asks the gateway that served this page, and nobody before there is a token. */
export function fetcherWith(token: Token, editor: Editor): GraphiQLProps['fetcher'] {
  return async ({ query, variables, operationName }) => {
    if (token === null) {
      return refused('There is no token yet, so nothing was sent. Paste one above.');
    }
    const response = await fetch('../graphql', {
      method: 'POST',
      headers: {
        Accept: 'application/graphql-response+json, application/json;q=0.9',
        'Content-Type': 'application/json',
        ...(token !== NO_TOKEN_NEEDED && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables, operationName: operationName || nameAt(cursorOf(editor), query) }),
      credentials: 'omit',
    });
    if (!response.headers.get('Content-Type')?.includes('json')) {
      return refused(`The gateway did not answer: HTTP status ${response.status}.`);
    }
    return response.json();
  };
}

/** An answer of the page's own, in the shape of the gateway's. */
function refused(message: string) {
  return { errors: [{ message }] };
}

/**
 * The name of the operation that the cursor stands in.
 * What stands between two operations belongs to the second: a comment, mostly.
 */
function nameAt(cursor: number, query: string): string | null {
  const operations = operationsOf(query);
  const operation = operations.find(({ loc }) => loc && cursor <= loc.end) ?? operations.at(-1);
  return operation?.name?.value ?? null;
}

/** The document's operations; none of one that cannot be parsed, about which the gateway has the better words. */
function operationsOf(query: string) {
  try {
    return parse(query).definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}
