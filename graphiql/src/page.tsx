import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useMemo, useRef, useState } from 'react';
import { type Editor, HandOut } from './cursor';
import examples from './examples.graphql?raw';
import { fetcherWith } from './fetcher';
import { demoTokens, NO_TOKEN_NEEDED, TokenBar, type Token } from './token-bar';

const plugins = [HISTORY_PLUGIN, explorerPlugin()];
// The examples name the demo's constructed people: elsewhere a number might be somebody's.
const firstTab = demoTokens ? examples : examples.replace(/"[A-Z]\d{4}[A-Z]{2}"/g, '"A1234BC"');
const callerAuth = document.querySelector<HTMLMetaElement>('meta[name="caller-auth"]')?.content;

export function Page() {
  const [token, setToken] = useState<Token>(callerAuth === 'off' ? NO_TOKEN_NEEDED : null);
  const editor: Editor = useRef(undefined);
  // Another token is another fetcher, which makes GraphiQL ask for the schema anew.
  const fetcher = useMemo(() => fetcherWith(token, editor), [token]);

  return (
    <>
      {callerAuth !== 'off' && <TokenBar token={token} onToken={setToken} />}
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        defaultQuery={firstTab}
        // What was asked names people: it goes with the tab and is not left on a shared machine.
        storage={sessionStorage}
        // The token has one place, the bar, and that one is no storage.
        isHeadersEditorEnabled={false}
        shouldPersistHeaders={false}
        schemaDescription
        // Empty, so that the button runs at once instead of opening a menu; the fetcher sends the cursor's.
        operationName=""
      >
        <GraphiQL.Logo>Offender gateway</GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, copy, merge }) => (
            <>
              {prettify}
              {merge}
              {copy}
              <HandOut editor={editor} />
            </>
          )}
        </GraphiQL.Toolbar>
      </GraphiQL>
    </>
  );
}
