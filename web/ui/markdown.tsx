import { Suspense, lazy, memo } from "react";
import type { ReactNode } from "react";
import type { RichMarkdown } from "./rich-markdown.tsx";

const load = async (): Promise<{ default: typeof RichMarkdown }> => ({
  default: (await import("./rich-markdown.tsx")).RichMarkdown,
});
const Rich = lazy(load);

/** Fetches the renderer ahead of the first prose, so that opening a conversation does not move its lines. */
export async function preloadMarkdown(): Promise<void> {
  await load();
}

/** Prose in Markdown, never raw HTML. Plain text stands there until the renderer has loaded. */
export const Markdown = memo(function Markdown({ text }: { text: string }): ReactNode {
  return (
    <Suspense
      fallback={
        <div className="prose" data-plain="">
          {text}
        </div>
      }
    >
      <Rich text={text} />
    </Suspense>
  );
});
