// Paths as a person in the workspace would write them. For rows and captions only: what is to be approved is shown whole.
import { createContext } from "react";

/** Folder of the session on screen, as its head names it ("~" for the home folder); "" outside a session. */
export const WorkspaceFolder = createContext("");

/** The path below the folder; unchanged when it lies elsewhere. */
export function insideFolder(path: string, folder: string): string {
  if (folder === "" || folder === "~") return path;
  // The machine's home folder is not known here: "~/code/x" is found by its tail.
  const tail = `${folder.startsWith("~/") ? folder.slice(1) : folder}/`;
  const at = path.indexOf(tail);
  const isThere = folder.startsWith("~/") ? at > 0 : at === 0;
  return isThere && path.length > at + tail.length ? path.slice(at + tail.length) : path;
}

/**
 * True for the folder itself. A "~" stands for a home folder where systems put them, whoever's it is: a folder that only
 * ends alike is another one.
 */
export function isSameFolder(path: string, folder: string): boolean {
  if (folder === "") return false;
  const [whole, wanted] = [withoutEnd(path), withoutEnd(folder)];
  if (whole === wanted) return true;
  const home = /^(?:\/home\/[^/]+|\/Users\/[^/]+|\/root)(?=\/|$)/u;
  return /^~(?=\/|$)/u.test(wanted) && home.test(whole) && whole.replace(home, "~") === wanted;
}

/** Without slashes at its end. An expression for that looks at every slash from every slash before it. */
function withoutEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return path.slice(0, end);
}

/** A line with its long absolute paths cut at the folder, never at the file name: "…/src/a.ts". */
export function withShortPaths(line: string): string {
  return line.replace(/(?:\/[^\s/`'"]+){4,}/gu, (path) => `…/${path.split("/").slice(-2).join("/")}`);
}
