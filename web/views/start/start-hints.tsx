// What stands under the place of a new session when the choice has a consequence.
import type { ReactNode } from "react";
import { Link } from "wouter";
import { StateGlyph } from "../../ui/state-glyph.tsx";

/** Another session writes that checkout already. */
export function WriterHint({ branch, title, href }: { branch: string; title: string; href: string }): ReactNode {
  return (
    <p className="hint">
      <StateGlyph state="waiting" />
      <span>
        <b>{branch}</b> is being written by <Link href={href}>{title}</Link>. A worktree from <code>{branch}</code>{" "}
        keeps the two apart.
      </span>
    </p>
  );
}

/** Any other consequence, in one sentence. */
export function StartHint({ children }: { children: ReactNode }): ReactNode {
  return (
    <p className="hint">
      <StateGlyph state="waiting" />
      <span>{children}</span>
    </p>
  );
}
