import { memo } from "react";
import { later } from "./later.tsx";

const Rich = later(
  async () => (await import("./rich-markdown.tsx")).RichMarkdown,
  ({ text }) => (
    <div className="prose" data-plain="">
      {text}
    </div>
  ),
);

/** Fetches the renderer ahead of the first prose, so that opening a conversation does not move its lines. */
export const loadMarkdown = Rich.load;

/** Prose in Markdown, never raw HTML. Plain text stands there until the renderer has loaded. */
export const Markdown = memo(Rich);
