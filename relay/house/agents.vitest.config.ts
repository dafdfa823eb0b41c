// The tests that run real agent programs: one after the other, because each starts several heavy processes.
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const TIMEOUT_MS = 90_000;

export default defineConfig({
  root: join(import.meta.dirname, "..", ".."),
  test: {
    name: "agents",
    include: ["relay/**/*.agents.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
  },
});
