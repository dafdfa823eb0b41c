// Operations on sessions, prompts, waits and agents: from a command's arguments to a call, and back.
import { type CommandRef, type OperationName } from "../../schema/index.ts";
import type { Handlers } from "../commands/ports.ts";
import type { AgentsBoard } from "./agents-doc.ts";
import { checkPrompt, refuseAttachments } from "./prompt-blocks.ts";
import type { PromptQueue } from "./prompt-queue.ts";
import type { SessionRows } from "./session-rows.ts";
import type { Sessions } from "./sessions.ts";
import type { WaitRows } from "./wait-rows.ts";

type Owned = Extract<OperationName, `session.${string}` | `prompt.${string}` | "wait.answer" | "agent.probe">;

/** The handlers of these operations. */
export function sessionHandlers(sessions: Sessions, agents: AgentsBoard): Pick<Handlers, Owned> {
  return {
    "agent.probe": async () => ({ agents: [...(await agents.probe())] }),
    "session.start": async (args, { ref }) => {
      refuseAttachments(args.bids);
      return sessions.start(args, ref);
    },
    "session.prompt": async ({ s, blocks, bids }, { ref }) => {
      refuseAttachments(bids);
      return sessions.prompt(s, blocks, ref);
    },
    "session.fork": ({ s, q }, { ref }) => sessions.fork(s, q, ref),
    "session.resume": async ({ s }) => {
      await sessions.resume(s);
      return {};
    },
    "session.cancel": async ({ s }) => {
      await sessions.get(s).cancel();
      return {};
    },
    "session.stop": async ({ s }) => {
      await sessions.get(s).stop();
      return {};
    },
    "session.archive": async ({ s }) => {
      await sessions.get(s).archive();
      return {};
    },
    "session.mode": async ({ s, mode }) => {
      await sessions.setMode(s, mode);
      return {};
    },
    "prompt.edit": async ({ s, of, blocks }) => {
      checkPrompt(blocks);
      await sessions.get(s).prompts.edit(of, blocks);
      return {};
    },
    "prompt.withdraw": ({ s, of }) => sessions.get(s).prompts.withdraw(of),
    "wait.answer": ({ s, wid, digest, answer }, { by, ref }) =>
      sessions.get(s).answer({ wid, digest, answer, by, ref }),
  };
}

export interface RecoverParts {
  readonly rows: SessionRows;
  readonly prompts: PromptQueue;
  readonly waits: WaitRows;
}

/**
 * What a command that a crash cut off had done already, by the row that names it; null when it left none, and for any
 * other operation.
 */
export function recoverSessionCommand(
  { rows, prompts, waits }: RecoverParts,
  op: OperationName,
  ref: CommandRef,
): unknown {
  switch (op) {
    case "session.start":
    case "session.fork": {
      const s = rows.startedBy(ref);
      return s === null ? null : { s };
    }
    case "session.prompt": {
      const found = prompts.find(ref);
      return found === null ? null : { before: found.before };
    }
    case "wait.answer": {
      const settled = waits.settledBy(ref);
      return settled === null ? null : { answer: settled.answer, by: settled.by };
    }
    default:
      return null;
  }
}
