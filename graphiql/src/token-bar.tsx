import { useEffect, useId, useState } from 'react';

/** A caller's token; null until there is one. Held in memory alone: a reload forgets it. */
export type Token = string | null;

export const NO_TOKEN_NEEDED = '';

type DemoToken = { name: string; token: string };

/** Where the demo's tokens are; empty everywhere else. */
export const demoTokens = document.querySelector<HTMLMetaElement>('meta[name="demo-tokens"]')?.content;

export function TokenBar({ token, onToken }: { token: Token; onToken: (token: Token) => void }) {
  const offered = useDemoTokens();
  const [typing, setTyping] = useState(!demoTokens);
  const id = useId();

  useEffect(() => {
    if (offered[0]) onToken(offered[0].token);
  }, [offered, onToken]);

  return (
    <header className="token-bar">
      <label htmlFor={id}>Token</label>
      {offered.length > 0 && (
        <select
          id={typing ? undefined : id}
          aria-label="The demo's tokens"
          onChange={({ target }) => {
            setTyping(target.value === '');
            onToken(target.value || null);
          }}
        >
          {offered.map(({ name, token: value }) => (
            <option key={name} value={value}>
              {name}
            </option>
          ))}
          <option value="">another one</option>
        </select>
      )}
      {typing && (
        // No password field: a browser would offer to keep what is in it.
        <input
          id={id}
          className="secret"
          type="text"
          autoComplete="off"
          spellCheck={false}
          placeholder="Paste a token of HMPPS Auth"
          onChange={({ target }) => onToken(target.value.trim().replace(/^Bearer\s+/i, '') || null)}
        />
      )}
      <p>
        {token === null
          ? 'Nothing is sent until there is a token.'
          : 'The token stays in this page’s memory, and is forgotten with it.'}
      </p>
    </header>
  );
}

function useDemoTokens(): DemoToken[] {
  const [offered, setOffered] = useState<DemoToken[]>([]);
  useEffect(() => {
    if (demoTokens) {
      void fetch(demoTokens)
        .then((response) => response.json())
        .then(setOffered);
    }
  }, []);
  return offered;
}
