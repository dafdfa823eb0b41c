import { useCallback, useState } from "react";
import { usePage } from "./page-context.tsx";

/** Unsent words by name; they survive a reload, an update and another screen. Mount with a `key` of the same name. */
export function useDraft(name: string): readonly [text: string, setText: (text: string) => void] {
  const { keepsakes } = usePage();
  const [text, setText] = useState(() => keepsakes.read(name));
  const keep = useCallback(
    (next: string) => {
      setText(next);
      keepsakes.write(name, next);
    },
    [keepsakes, name],
  );
  return [text, keep];
}
