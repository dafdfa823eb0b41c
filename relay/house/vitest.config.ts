// Every test of the house. `npm test` runs three vitest processes side by side: the units, browsers with whole products, and
// the proofs. Each does one thing at a time: two cores bear no more, and a starved test tells nothing.
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

import { E2E_PROJECT, LONG_PROJECT, PROOF_PROJECT } from "./projects.ts";

const root = join(import.meta.dirname, "..", "..");
const setup = join(import.meta.dirname, "built.setup.ts");

/** 32 bytes as B64: a secret of the right shape. */
const ZEROS = "A".repeat(43);
/** Long enough for a busy machine: a test that waits for a condition ends when it is met, not after this. */
const UNIT_TIMEOUT_MS = 10_000;
const PROCESS_TIMEOUT_MS = 60_000;
const BROWSER_TIMEOUT_MS = 180_000;
/** Files share their thread or process, and with it what they import: no test leaves anything behind in a module. */
const TOGETHER = { isolate: false, setupFiles: [join(import.meta.dirname, "own-timers.setup.ts")] };

export default defineConfig({
  root,
  test: {
    projects: [
      {
        root,
        test: {
          name: "schema",
          include: ["schema/**/*.test.ts"],
          pool: "threads",
          ...limits(UNIT_TIMEOUT_MS, 0, 1),
          ...TOGETHER,
        },
      },
      {
        root,
        test: {
          name: "web",
          include: ["web/**/*.test.{ts,tsx}"],
          exclude: ["web/test/**/*.e2e.test.ts", "**/node_modules/**"],
          pool: "threads",
          ...limits(UNIT_TIMEOUT_MS, 0, 1),
        },
      },
      {
        root,
        test: {
          name: "worker",
          include: ["worker/**/*.test.ts"],
          exclude: ["**/*.workers.test.ts", "**/node_modules/**"],
          globalSetup: [setup],
          pool: "forks",
          ...limits(PROCESS_TIMEOUT_MS, 1, 1),
          ...TOGETHER,
        },
      },
      {
        root,
        test: {
          name: "relay",
          include: ["relay/**/*.test.ts"],
          // Those run under agents.vitest.config.ts, with the real programs.
          exclude: ["**/*.agents.test.ts", "relay/proof/**", "**/node_modules/**"],
          globalSetup: [setup],
          pool: "forks",
          ...limits(PROCESS_TIMEOUT_MS, 1, 1),
          ...TOGETHER,
        },
      },
      {
        root,
        plugins: [
          cloudflareTest({
            main: join(root, "worker", "index.ts"),
            miniflare: {
              compatibilityDate: "2026-10-01",
              durableObjects: { HUB: { className: "Hub", useSQLite: true } },
              d1Databases: { DB: "kelpie" },
              bindings: { APP_ORIGIN: "http://127.0.0.1:8787", TOKEN_KEY: ZEROS, CLAIM_HASH: ZEROS },
            },
          }),
        ],
        test: { name: "worker-unit", include: ["worker/**/*.workers.test.ts"], ...limits(PROCESS_TIMEOUT_MS, 2, 1) },
      },
      {
        root,
        test: {
          name: E2E_PROJECT,
          include: ["web/test/**/*.e2e.test.ts"],
          exclude: ["**/*.long.e2e.test.ts", "**/node_modules/**"],
          globalSetup: [setup],
          pool: "forks",
          ...limits(BROWSER_TIMEOUT_MS, 3, 1),
        },
      },
      {
        root,
        test: {
          name: PROOF_PROJECT,
          include: ["relay/proof/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          globalSetup: [setup],
          pool: "forks",
          ...limits(BROWSER_TIMEOUT_MS, 3, 1),
        },
      },
      {
        root,
        // Only with `npm run test:long`: what takes a minute of its own, or looks at every screen in every size.
        test: {
          name: LONG_PROJECT,
          include: ["**/*.long.e2e.test.ts"],
          exclude: ["**/node_modules/**"],
          globalSetup: [setup],
          pool: "forks",
          ...limits(BROWSER_TIMEOUT_MS, 4, 1),
        },
      },
    ],
  },
});

function limits(timeoutMs: number, groupOrder: number, maxWorkers: number) {
  // A second before the test's own end, so that it says what did not come.
  const poll = { timeout: timeoutMs - 1000 };
  return { testTimeout: timeoutMs, hookTimeout: timeoutMs, expect: { poll }, maxWorkers, sequence: { groupOrder } };
}
