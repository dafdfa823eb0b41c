import { use, type ReactNode } from "react";
import { insideFolder, WorkspaceFolder } from "./workspace-path.ts";

/** A path in one line: where there is no room its folder is cut, never its file name. */
export function Path({ path: whole }: { path: string }): ReactNode {
  const path = insideFolder(whole, use(WorkspaceFolder));
  const cut = Math.max(0, path.lastIndexOf("/", path.length - 2));
  return (
    <span className="path mono" title={whole}>
      {cut === 0 ? null : <i>{path.slice(0, cut)}</i>}
      <b>{path.slice(cut)}</b>
    </span>
  );
}
