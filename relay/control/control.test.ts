import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppError } from "../../schema/index.ts";
import { callRelay } from "./control-client.ts";
import { serveControl, type ControlServer, type Methods } from "./control-server.ts";

let folder: string;
let server: ControlServer | null = null;
const defects: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kelpie-control-"));
  defects.length = 0;
});

afterEach(async () => {
  await server?.close();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

async function serve(methods: Methods): Promise<string> {
  const path = join(folder, "relay.sock");
  server = await serveControl(path, methods, (error) => defects.push(error));
  return path;
}

test("answers a call with events in order and the result last", async () => {
  const path = await serve({
    count: async (params, { emit }) => {
      emit(1);
      emit(2);
      return params;
    },
  });
  const events: unknown[] = [];
  await expect(callRelay(path, "count", { a: "é" }, { onEvent: (event) => events.push(event) })).resolves.toEqual({
    a: "é",
  });
  expect(events).toEqual([1, 2]);
});

test("carries a refusal's code, reason, next step and the tool's words", async () => {
  const data = { reason: "no", next: "do this", text: "vendor says" };
  const path = await serve({ no: () => Promise.reject(new AppError("E_POLICY", data)) });
  await expect(callRelay(path, "no", {})).rejects.toMatchObject({ code: "E_POLICY", data });
});

test("tells nothing of a defect but that it is one, and hands it to the log", async () => {
  const path = await serve({ bug: () => Promise.reject(new Error("secret detail")) });
  const error = await callRelay(path, "bug", {}).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "E_INTERNAL" });
  expect(JSON.stringify(error)).not.toContain("secret detail");
  expect(defects).toHaveLength(1);
});

test("refuses an unknown method, also one that every object has", async () => {
  const path = await serve({});
  await expect(callRelay(path, "toString", {})).rejects.toMatchObject({ code: "E_SCHEMA" });
});

test("aborts a running method when its caller hangs up", async () => {
  const aborted = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const path = await serve({
    follow: (_params, { signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      started.resolve();
      return aborted.promise;
    },
  });
  const hangUp = new AbortController();
  const call = callRelay(path, "follow", {}, { signal: hangUp.signal });
  await started.promise;
  hangUp.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  await aborted.promise;
});

test("says that no relay runs, and what to do", async () => {
  await expect(callRelay(join(folder, "none.sock"), "ls", {})).rejects.toMatchObject({
    code: "E_OFFLINE",
    data: { next: "start one: npm start" },
  });
});
