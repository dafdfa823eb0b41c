import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EmbeddedError, type EmbeddedOptions, startEmbedded } from "./start.ts";
import { allGone, type Bench, createBench, eventually } from "./test/started.ts";

let bench: Bench;

beforeEach(async () => {
  bench = await createBench();
});

afterEach(async () => {
  await bench.end();
});

test("serves the Worker with its settings, and the app for every unknown path", async () => {
  const embedded = await bench.start();

  const settings: unknown = await (await fetch(`${embedded.url}/settings`)).json();
  const page = await (await fetch(`${embedded.url}/some/screen`)).text();

  expect(settings).toEqual({ origin: embedded.url, key: "secret-token-key", claim: "secret-claim-hash" });
  expect(embedded.appOrigin).toBe(embedded.url);
  expect(page).toBe("<p>the app</p>");
});

test("an origin in front is passed on as it is, and no claim hash means unclaimed", async () => {
  const embedded = await bench.start({ appOrigin: "https://kelpie.example", claimHash: "" });

  const settings: unknown = await (await fetch(`${embedded.url}/settings`)).json();

  expect(settings).toMatchObject({ origin: "https://kelpie.example", claim: null });
});

test("keeps what was stored when it is stopped and started again on the same folder and port", async () => {
  const first = await bench.start();
  await fetch(`${first.url}/visit`);
  await first.stop();

  const second = await bench.start({ port: first.port });

  expect(await (await fetch(`${second.url}/visit`)).text()).toBe("2");
  expect(second.url).toBe(first.url);
});

test("stopping ends both processes, and stopping again is nothing", async () => {
  const embedded = await bench.start();
  const workerd = embedded.workerdPid();

  await Promise.all([embedded.stop(), embedded.stop()]);

  await allGone(embedded.pid, workerd);
  await embedded.stop();
  expect(await embedded.exited).toEqual({ code: 0, signal: null });
});

test("hands on the Worker's log line by line", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const embedded = await bench.start({ onLog: resolve });

  await fetch(`${embedded.url}/log`);

  expect(await promise).toContain("a line of log");
});

test("refuses a busy port and says which and whose", async () => {
  const holder = createServer();
  await once(holder.listen(0, "127.0.0.1"), "listening");
  const address = holder.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;

  const failure = await failureOf(bench.options({ port }));
  holder.close();

  expect(failure).toMatchObject({ code: "EADDRINUSE", port });
  expect(failure.holder).toContain(`(process ${process.pid})`);
});

test("refuses a folder that a live process uses", async () => {
  const first = await bench.start();

  const failure = await failureOf(bench.options());

  expect(failure.code).toBe("E_DATA_HELD");
  expect(failure.reason).toContain(String(first.pid));
});

test("refuses a database of a newer version", async () => {
  const embedded = await bench.start();
  await fetch(`${embedded.url}/future`);
  await embedded.stop();

  const failure = await failureOf(bench.options());

  expect(failure.code).toBe("E_DATA_NEWER");
});

test("refuses a registry that is damaged", async () => {
  const embedded = await bench.start();
  await embedded.stop();
  const folder = join(bench.options().dataDir, "d1", "miniflare-D1DatabaseObject");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  for (const name of files) {
    await writeFile(join(folder, name), "no database".repeat(1000));
    await rm(join(folder, `${name}-wal`), { force: true });
  }

  const failure = await failureOf(bench.options());

  expect(files).toHaveLength(1);
  expect(failure.code).toBe("E_DATA_BROKEN");
});

test("refuses a Worker that does not run, and leaves no process", async () => {
  const failure = await failureOf(bench.options({ workerScript: "throw new Error('broken worker');" }));

  expect(failure.code).toBe("E_START");
});

test("a killed workerd is started again on the same port, and its new pid is known", async () => {
  const embedded = await bench.start();
  await fetch(`${embedded.url}/visit`);
  const before = embedded.workerdPid();

  process.kill(before, "SIGKILL");
  await allGone(before);

  expect(await eventually(`${embedded.url}/visit`)).toBe("2");
  expect(embedded.workerdPid()).not.toBe(before);
  const note = await readFile(join(bench.options().dataDir, "workerd.pid"), "utf8");
  expect(JSON.parse(note)).toMatchObject({ workerd: { pid: embedded.workerdPid() } });
});

test("kill -9 of the process takes workerd with it, and the next start has everything", async () => {
  const first = await bench.start();
  await fetch(`${first.url}/visit`);

  process.kill(first.pid, "SIGKILL");
  expect(await first.exited).toEqual({ code: null, signal: "SIGKILL" });
  await allGone(first.workerdPid());

  const second = await bench.start({ port: first.port });
  expect(await (await fetch(`${second.url}/visit`)).text()).toBe("2");
  await second.stop();
  expect(await readdir(join(bench.options().dataDir, "tmp"))).toEqual([]);
});

test("kill -9 of the parent leaves nothing, and the next start has the port and the folder", async () => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, "test", "parent.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  parent.stdin.end(JSON.stringify(bench.options()));
  const [line] = await once(createInterface({ input: parent.stdout }), "line");
  const running = JSON.parse(String(line)) as { pid: number; workerdPid: number; port: number };

  parent.kill("SIGKILL");
  await allGone(running.pid, running.workerdPid);

  const next = await bench.start({ port: running.port });
  expect(await (await fetch(`${next.url}/visit`)).text()).toBe("1");
});

test.runIf(process.platform === "linux")("no secret is in arguments or environment of either process", async () => {
  const embedded = await bench.start();

  for (const pid of [embedded.pid, embedded.workerdPid()]) {
    for (const file of ["cmdline", "environ"]) {
      expect(await readFile(`/proc/${pid}/${file}`, "utf8")).not.toMatch(/secret-/);
    }
  }
});

async function failureOf(options: EmbeddedOptions): Promise<EmbeddedError["failure"]> {
  try {
    const embedded = await startEmbedded(options);
    await embedded.stop();
  } catch (error) {
    if (error instanceof EmbeddedError) return error.failure;
    throw error;
  }
  throw new Error("it started");
}
