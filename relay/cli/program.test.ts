import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { AppError, parseJson, z } from "../../schema/index.ts";
import { serveControl } from "../control/control-server.ts";
import { openStateFolder } from "../state/state-folder.ts";
import { runProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kelpie-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(
  args: readonly string[],
  up: () => Promise<void> = () => Promise.resolve(),
  onErr: () => void = () => undefined,
) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    ...{
      out: (line) => void out.push(line),
      err: (line) => (err.push(line), onErr()),
      ask: () => Promise.resolve(null),
    },
    ...{ isInteractive: false, cwd: folder, env: {}, home: folder, pid: 1, nodeVersion: "0", now: () => 0 },
    place: { dir: join(folder, "state"), runtimeDir: folder, uid: userInfo().uid },
    ended: new AbortController().signal,
  };
  return { code: await runProgram(args, { terminal, up }), out, err };
}

const errorLine = z.object({ event: z.literal("error"), code: z.string(), reason: z.string(), next: z.string() });

test.each([
  [["run"], "E_SCHEMA"],
  [["stop"], "E_SCHEMA"],
  [["connect"], "E_SCHEMA"],
  [["connect", "ftp://x"], "E_SCHEMA"],
  [["pair", "--scope", "everything"], "E_SCHEMA"],
  [["devices", "bogus"], "E_SCHEMA"],
  [["ls", "--no-such-option"], "E_SCHEMA"],
  [["attach", "x", "--from", "zero"], "E_SCHEMA"],
  [["up", "--port", "70000"], "E_SCHEMA"],
  [["doctor", "--audit", "--since", "soon"], "E_SCHEMA"],
  [["doctor", "--audit"], "E_OFFLINE"],
  [["ls"], "E_OFFLINE"],
])("kelpie %j fails with one line: code, sentence and next step, as JSON where that was asked", async (args, code) => {
  const asJson = await run([...args, "--json"]);
  expect([asJson.code, asJson.out, asJson.err.length]).toEqual([1, [], 1]);
  expect(parseJson(asJson.err[0] ?? "", errorLine).code).toBe(code);
  const inWords = await run(args);
  expect([inWords.code, inWords.out]).toEqual([1, []]);
  expect(inWords.err.join("\n")).toMatch(new RegExp(`^kelpie: .+ \\(${code}\\)\nNext: `));
});

test("a bug ends in a code too, and a refusal keeps its own", async () => {
  const bug = await run(["up", "--json"], () => Promise.reject(new Error("odd")));
  expect([bug.code, parseJson(bug.err[0] ?? "", errorLine).code]).toEqual([1, "E_INTERNAL"]);
  const refused = await run(["up", "--json"], () => Promise.reject(new AppError("E_BUSY", { reason: "r", next: "n" })));
  expect(parseJson(refused.err[0] ?? "", errorLine)).toMatchObject({ code: "E_BUSY", reason: "r", next: "n" });
});

test.each([
  { link: "dialling", words: /Waiting for the Worker, which cannot be reached/ },
  { link: "online", words: /Waiting for the relay/ },
])("a session that does not answer while the link is $link is waited for aloud", async ({ link, words }) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const state = join(folder, "state");
  mkdirSync(state, { mode: 0o700 });
  const [asked, answer, told] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  const control = await serveControl(
    openStateFolder({ dir: state, runtimeDir: folder, uid: userInfo().uid }).socket,
    {
      send: async () => {
        asked.resolve();
        await answer.promise;
        return { before: 0 };
      },
      status: async () => ({ link }),
    },
    (error) => told.reject(error),
  );
  onTestFinished(() => control.close());
  const sent = run(["send", "s", "hello"], undefined, told.resolve);
  await asked.promise;
  await vi.advanceTimersByTimeAsync(2_000);
  await told.promise;
  answer.resolve();
  const { code, out, err } = await sent;
  expect([code, out]).toEqual([0, ["on the machine, next in line"]]);
  expect(err.join()).toMatch(words);
});

test("help and version are no failure", async () => {
  expect(await run(["--version"])).toMatchObject({ code: 0, err: [] });
  expect((await run(["--help"])).out.join("")).toContain("Usage: kelpie");
});
