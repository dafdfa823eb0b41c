// `kelpie doctor`: what has to work, checked one by one, each with its next step. Works without a running relay too.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AppError, DISK_FREE_MIN_BYTES, parseShape, PRODUCT_VERSION, z, agentsDoc } from "../../schema/index.ts";
import { callRelay } from "../control/control-client.ts";
import { diskOf } from "../health.ts";
import { openStateFolder } from "../state/state-folder.ts";
import type { Caller } from "./session-commands.ts";
import { print } from "./terminal.ts";
import { refusalWords } from "./words.ts";

/** One thing that was looked at. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly words: string;
  readonly next?: string;
}

const run = promisify(execFile);
/** git answers in milliseconds; a hung one is a finding. */
const GIT_MS = 5_000;

/** Prints the findings; throws E_POLICY when one of them needs somebody. */
export async function doctor(caller: Caller): Promise<void> {
  const findings = [...(await ofMachine(caller)), ...(await ofRelay(caller))];
  print(caller.terminal, caller.json, findings, () => findings.map(findingWords).join("\n"));
  const bad = findings.filter((finding) => !finding.ok);
  if (bad.length > 0) throw new AppError("E_POLICY", { reason: `${bad.length} of ${findings.length} checks need you` });
}

function findingWords({ ok, what, words, next }: Finding): string {
  return `${ok ? "ok  " : "look"}  ${what}: ${words}${next === undefined ? "" : `\n      ${next}`}`;
}

async function ofMachine({ terminal }: Caller): Promise<Finding[]> {
  const findings: Finding[] = [
    { what: "Kelpie", ok: true, words: `${PRODUCT_VERSION} on Node ${terminal.nodeVersion}` },
  ];
  findings.push(await git());
  try {
    const state = openStateFolder(terminal.place);
    const { freeBytes } = await diskOf(state.dir);
    const free = `${Math.round(freeBytes / 1024 ** 3)} GB free`;
    const isLow = freeBytes < DISK_FREE_MIN_BYTES;
    findings.push({
      what: "state folder",
      ok: !isLow,
      words: free,
      ...(isLow ? { next: "make room: new sessions are refused" } : {}),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    findings.push({ what: "state folder", ok: false, words: refusalWords(error) });
  }
  return findings;
}

async function git(): Promise<Finding> {
  try {
    const { stdout } = await run("git", ["--version"], { timeout: GIT_MS });
    return { what: "git", ok: true, words: stdout.trim() };
  } catch (error) {
    return {
      what: "git",
      ok: false,
      words: error instanceof Error ? error.message : "does not run",
      next: "install git",
    };
  }
}

async function ofRelay({ socket }: Caller): Promise<Finding[]> {
  try {
    const status = parseShape(await callRelay(socket, "status", {}), z.object({ url: z.string(), link: z.string() }));
    const isOnline = status.link === "online";
    const { agents } = parseShape(await callRelay(socket, "agents", {}), z.pick(agentsDoc, { agents: true }));
    return [
      { what: "relay", ok: true, words: `running, ${status.url}` },
      {
        what: "link to the Worker",
        ok: isOnline,
        words: status.link,
        ...(isOnline ? {} : { next: "it dials again by itself" }),
      },
      ...agents.map((agent) => ({
        what: agent.id,
        // A CLI one does not use is no trouble; a logged-out or broken one is.
        ok: agent.state === "ready" || agent.state === "missing",
        words: [agent.state, agent.version, agent.account ?? agent.detail]
          .filter((part) => part !== undefined)
          .join(", "),
        ...(agent.next === undefined ? {} : { next: agent.next }),
      })),
    ];
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "E_OFFLINE") throw error;
    return [{ what: "relay", ok: false, words: "not running", next: "npm start" }];
  }
}
