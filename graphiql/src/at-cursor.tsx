import { useGraphiQL } from '@graphiql/react';
import { type RefObject, useEffect } from 'react';

export type OperationName = string | null;

/** Notes the operation that the editor's cursor stands in, as it moves. Shows nothing. */
export function AtCursor({ operationName }: { operationName: RefObject<OperationName> }) {
  const editor = useGraphiQL((state) => state.queryEditor);
  const operations = useGraphiQL((state) => state.operations);

  useEffect(() => {
    const listener = editor?.onDidChangeCursorPosition(({ position }) => {
      const offset = editor.getModel()?.getOffsetAt(position) ?? 0;
      // What stands between two operations belongs to the second: a comment, mostly.
      const chosen = operations?.find(({ loc }) => loc && offset <= loc.end) ?? operations?.at(-1);
      operationName.current = chosen?.name?.value ?? null;
    });
    return () => listener?.dispose();
  }, [editor, operations, operationName]);

  return null;
}
