// A real AcpProcess with its program replaced: it is given lines, and everything it makes of them is taken from it.
import { isAppError, type WaitAnswer } from "../../../schema/index.ts";
import { AcpProcess } from "../../agents/acp/acp-process.ts";
import { ACP_AGENTS } from "../../agents/acp/facts.ts";
import { Replay } from "../../agents/acp/replay.ts";
import { UpdateGate } from "../../agents/acp/update-gate.ts";
import { sessionResult } from "../../agents/acp/shapes.ts";
import type { AgentChild } from "../../agents/child.ts";
import type { ExitReport } from "../../agents/driver.ts";

const GONE: ExitReport = { code: 0, signal: null, stderr: "", forced: false };
const ANSWERS: readonly WaitAnswer[] = [
  { option: "allow_once" },
  { option: "approve" },
  { choices: [[0, 1]], text: "yes" },
  {},
];
/** The session that recordings name differently: the first one that the lines name counts. */
const SESSION = /"sessionId":"([^"]{0,64})"/;

async function* each(lines: readonly string[]): AsyncGenerator<string, void, undefined> {
  yield* lines;
}

/** Lets an ACP agent say these lines during a prompt, answering what it asks. Throws what escaped on the way. */
export async function feedAcp(lines: readonly string[]): Promise<void> {
  const [facts] = ACP_AGENTS;
  if (facts === undefined) throw new Error("no ACP agent is known");
  const child: AgentChild = {
    pid: 0,
    startTime: undefined,
    lines: each(lines),
    write: async () => undefined,
    stderrTail: () => "",
    exited: Promise.resolve(GONE),
    end: async () => GONE,
  };
  const agent = new AcpProcess(child, facts, new UpdateGate(new Replay({ isResumed: false, endsWith: "reply" })), {
    now: () => 1_795_000_000_000,
  });
  const session = lines.map((line) => SESSION.exec(line)?.[1]).find((id) => id !== undefined) ?? "s";
  const offer = sessionResult.safeParse({ sessionId: session });
  if (offer.success) agent.session.fill(session, offer.data, true);
  agent.gate.open(session);
  agent.emit(agent.session.opened());
  const prompted = settled(agent.prompt([{ type: "text", text: "go" }]));
  for await (const event of agent.events) {
    if (event.type === "wait") for (const answer of ANSWERS) await refusable(agent.answer(event.wait.key, answer));
  }
  await prompted;
}

/** A turn that fails because of an agent's end is no escape; one that fails because of what we did is. */
async function settled(turn: Promise<unknown>): Promise<void> {
  try {
    await turn;
  } catch (error) {
    if (!isAppError(error)) throw error;
    if (error.cause instanceof Error && !isAppError(error.cause)) throw error.cause;
  }
}

async function refusable(answered: Promise<void>): Promise<void> {
  try {
    await answered;
  } catch (error) {
    if (!isAppError(error)) throw error;
  }
}
