import { type MonacoEditor, useGraphiQL } from '@graphiql/react';
import { type RefObject, useEffect } from 'react';

export type Editor = RefObject<MonacoEditor | undefined>;

/** Hands the editor out of GraphiQL's reach. Shows nothing. */
export function HandOut({ editor }: { editor: Editor }) {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  useEffect(() => {
    editor.current = queryEditor;
  }, [queryEditor, editor]);
  return null;
}

/** Where the cursor stands, in characters. */
export function cursorOf(editor: Editor): number {
  const position = editor.current?.getPosition();
  return (position && editor.current?.getModel()?.getOffsetAt(position)) ?? 0;
}
