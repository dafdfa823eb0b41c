import { expect, test } from "vitest";
import { toSource } from "./source-files.ts";
import { checkFile, checkNames } from "./structure.ts";

const refused: [rule: string, path: string, text: string][] = [
  ["schema imports nothing of ours", "schema/frames.ts", `import { a } from "../relay/a.ts";`],
  ["schema knows no package but zod/mini", "schema/frames.ts", `import { z } from "zod";`],
  ["schema knows no platform", "schema/keys.ts", `import { webcrypto } from "node:crypto";`],
  ["only tables.ts knows drizzle", "schema/http.ts", `import { text } from "drizzle-orm/sqlite-core";`],
  ["the relay does not import the Worker", "relay/link/dial.ts", `import { hub } from "../../worker/hub/hub.ts";`],
  ["the web app does not import the relay", "web/live/socket.ts", `import type { A } from "../../relay/a.ts";`],
  ["the Worker does not import the web app", "worker/app.ts", `export { a } from "../web/a.ts";`],
  ["schema has one door", "relay/link/dial.ts", `import { encode } from "../../schema/codec.ts";`],
  ["the tables are the Worker's", "relay/link/dial.ts", `import { machines } from "../../schema/tables.ts";`],
  ["an import at run time counts too", "web/app.tsx", `const a = await import("../relay/a.ts");`],
  ["an import for its effect counts too", "web/app.tsx", `import "../relay/a.ts";`],
  ["live has no React", "web/live/session-store.ts", `import { useState } from "react";`],
  ["the hub's rules know no platform", "worker/hub/hub.ts", `import { DurableObject } from "cloudflare:workers";`],
  ["the relay does not run the Worker", "relay/relay.ts", `import { Miniflare } from "miniflare";`],
  ["tests do not reach over", "worker/hub/hub.test.ts", `import { dial } from "../../relay/link/dial.ts";`],
  ["only an entry reads the environment", "relay/config.ts", `const home = process.env["HOME"];`],
  ["only an entry ends the process", "relay/relay.ts", `process.exit(1);`],
  ["only clock.ts reads the clock", "worker/hub/hub.ts", `const now = Date.now();`],
  ["a new date is the clock as well", "web/views/age.tsx", `const now = new Date();`],
  ["randomness is passed in", "relay/link/backoff.ts", `const jitter = Math.random();`],
  ["the compiler is not silenced", "relay/a.ts", `// @ts-ignore\nconst a = 1;`],
  ["the linter is not silenced without a reason", "relay/a.ts", `// oxlint-disable-next-line no-empty\nconst a = 1;`],
  ["zod is the mended one", "relay/agents/wire.ts", `import * as z from "zod/mini";`],
  ["types are not forced", "web/a.ts", `const a = b as unknown as string;`],
];

test.each(refused)("%s", (_rule, path, text) => {
  const breaches = checkFile(toSource(path, text));

  expect(breaches).toHaveLength(1);
  expect(breaches[0]).toContain(path);
});

const allowed: [what: string, path: string, text: string][] = [
  ["zod's one file", "schema/zod.ts", `import * as z from "zod/mini";`],
  ["tables", "schema/tables.ts", `import { text } from "drizzle-orm/sqlite-core";`],
  ["the door of schema", "web/live/socket.ts", `import { encode } from "../../schema/index.ts";`],
  ["the Worker's tables", "worker/db/machines.ts", `import { machines } from "../../schema/tables.ts";`],
  ["a neighbour in the folder", "relay/link/dial.ts", `import { delay } from "./backoff.ts";`],
  ["the Durable Object's class", "worker/hub/hub-object.ts", `import { DurableObject } from "cloudflare:workers";`],
  ["the embedded Worker", "relay/embedded/main.ts", `const { Miniflare } = await import("miniflare");`],
  ["the one clock", "relay/clock.ts", `export const now = () => Date.now();`],
  ["an entry", "relay/main.ts", `process.exitCode = await run(process.argv);`],
  ["a pid, which every owner of processes needs", "relay/agents/child.ts", `process.kill(-pid, "SIGTERM");`],
  ["a comment about the clock", "relay/link/dial.ts", `// Date.now() would jump here.\n/* process.env too */`],
  ["a date of a given time", "web/views/age.tsx", `const at = new Date(createdAt);`],
  [
    "the browser suite, which drives everything",
    "web/test/first.e2e.test.ts",
    `import { a } from "../../relay/clock.ts";`,
  ],
  ["a silenced rule with its reason", "relay/a.ts", `// oxlint-disable-next-line no-empty -- the socket is gone\n`],
];

test.each(allowed)("allows %s", (_what, path, text) => {
  expect(checkFile(toSource(path, text))).toEqual([]);
});

test("names say something, are kebab-case, and make no barrels", () => {
  const paths = [
    ...[
      "relay/utils.ts",
      "web/shared/",
      "relay/gitStatus.ts",
      "web/SessionRow.tsx",
      "web/ui/index.ts",
      "tools/",
      "notes.md",
    ],
    ...[
      "relay/",
      "relay/main.ts",
      "web/session-row.test.tsx",
      "schema/index.ts",
      "worker/index.ts",
      "package.json",
      "docs/",
      "docs/claims.md",
      ".ci/",
    ],
    ...[".ci/run", "README.md", "worker/migrations/0000_Init.sql", "relay/house/tsconfig.json", "web/index.html"],
  ];

  const named = checkNames(paths).map((breach) => breach.split(":", 1)[0]);

  expect(named).toEqual(paths.slice(0, 7));
});
