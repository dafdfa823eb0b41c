import { Suspense, lazy, memo } from "react";
import type { ReactNode } from "react";

const Rich = lazy(async () => ({ default: (await import("./rich-markdown.tsx")).RichMarkdown }));

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
