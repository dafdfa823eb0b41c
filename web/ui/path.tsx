import type { ReactNode } from "react";

/** A path in one line: where there is no room its folder is cut, never its file name. */
export function Path({ path }: { path: string }): ReactNode {
  const cut = Math.max(0, path.lastIndexOf("/", path.length - 2));
  return (
    <span className="path mono" title={path}>
      {cut === 0 ? null : <i>{path.slice(0, cut)}</i>}
      <b>{path.slice(cut)}</b>
    </span>
  );
}
