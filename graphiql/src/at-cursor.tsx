import { useGraphiQL } from '@graphiql/react';
import type { OperationDefinitionNode } from 'graphql';
import { type RefObject, useEffect } from 'react';

export type OperationName = string | null;

/** Notes the operation that the editor's cursor stands in, as it moves. Shows nothing. */
export function AtCursor({ operationName }: { operationName: RefObject<OperationName> }) {
  const editor = useGraphiQL((state) => state.queryEditor);
  const operations = useGraphiQL((state) => state.operations);

  useEffect(() => {
    const listener = editor?.onDidChangeCursorPosition(({ position }) => {
      const offset = editor.getModel()?.getOffsetAt(position) ?? 0;
      operationName.current = operations?.find((operation) => holds(operation, offset))?.name?.value ?? null;
    });
    return () => listener?.dispose();
  }, [editor, operations, operationName]);

  return null;
}

function holds({ loc }: OperationDefinitionNode, offset: number): boolean {
  return loc !== undefined && loc.start <= offset && offset <= loc.end;
}
