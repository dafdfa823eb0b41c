import { expect, test } from "vitest";
import { insideFolder, isSameFolder, withShortPaths } from "./workspace-path.ts";

test.each([
  ["/srv/code/x/src/a.ts", "/srv/code/x", "src/a.ts"],
  ["/home/mara/code/x/src/a.ts", "~/code/x", "src/a.ts"],
  ["/srv/code/xy/a.ts", "/srv/code/x", "/srv/code/xy/a.ts"],
  ["/tmp/srv/code/x/a.ts", "/srv/code/x", "/tmp/srv/code/x/a.ts"],
  ["src/a.ts", "/srv/code/x", "src/a.ts"],
  ["/srv/code/x/", "/srv/code/x", "/srv/code/x/"],
  ["/etc/passwd", "~", "/etc/passwd"],
  ["/etc/passwd", "", "/etc/passwd"],
])("%s in %s is written %s", (path, folder, written) => {
  expect(insideFolder(path, folder)).toBe(written);
});

test.each([
  ["Editing `/srv/code/x/src/a.ts`", "Editing `…/src/a.ts`"],
  ["Read /etc/hosts and /srv/code/x/y/b.ts", "Read /etc/hosts and …/y/b.ts"],
  ["see https://a.example/b", "see https://a.example/b"],
  ["and/or", "and/or"],
])("%s is shown in a row as %s", (line, shown) => {
  expect(withShortPaths(line)).toBe(shown);
});

test.each([
  ["/srv/code/x", "/srv/code/x", true],
  ["/srv/code/x/", "/srv/code/x", true],
  ["/home/mara/code/x", "~/code/x", true],
  ["/Users/mara/code/x", "~/code/x", true],
  ["/root", "~", true],
  ["/tmp/mara/code/x", "~/code/x", false],
  ["/home/mara/other/code/x", "~/code/x", false],
  ["/srv/code/x/y", "/srv/code/x", false],
  ["/srv/code/x/../../etc", "/srv/code/x", false],
  ["", "", false],
])("%s is the folder %s: %s", (path, folder, isSame) => {
  expect(isSameFolder(path, folder)).toBe(isSame);
});
