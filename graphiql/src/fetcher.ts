import type { GraphiQLProps } from 'graphiql';
import { Kind } from 'graphql';
import type { RefObject } from 'react';
import type { OperationName } from './at-cursor';
import { NO_TOKEN_NEEDED, type Token } from './token-bar';

type Fetcher = GraphiQLProps['fetcher'];
type Document = NonNullable<Parameters<Fetcher>[1]>['documentAST'];

/** Asks the gateway that served this page, and nobody before there is a token. */
export function fetcherWith(token: Token, atCursor: RefObject<OperationName>): Fetcher {
  return async ({ query, variables, operationName }, options) => {
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
      body: JSON.stringify({
        query,
        variables,
        operationName: operationName || named(options?.documentAST, atCursor.current),
      }),
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

/** The name to run under: the cursor's operation where the document still has it, else the first. */
function named(document: Document, atCursor: OperationName): OperationName {
  const operations = document?.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION) ?? [];
  const names = operations.map((operation) => operation.name?.value ?? null);
  return names.includes(atCursor) ? atCursor : (names[0] ?? null);
}
