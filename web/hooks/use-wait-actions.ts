import { useMemo } from "react";
import type { Live, MachineView, Refusal, WaitView } from "../live/model.ts";
import type { WaitAnswer } from "../live/model-schema.ts";
import { useLive } from "./page-context.tsx";
import { useOutcome } from "./use-outcome.ts";

/** What any screen may do with a wait. Every one of them is only on its way until its final result came. */
export interface WaitDeeds {
  readonly answer: (wait: WaitView, answer: WaitAnswer) => void;
  readonly stop: (wait: WaitView) => void;
  readonly trust: (wait: WaitView, digest: string) => void;
  /** The same answer once more, as a new command. */
  readonly retry: (wait: WaitView) => void;
  /** Gives up this device's own answer, so that another can be given. */
  readonly dismiss: (wait: WaitView) => void;
  /** Why the last of them could not even be put on its way. */
  readonly refusal: Refusal | null;
  readonly clear: () => void;
}

/** Stable functions, so that cards are drawn once. */
export function useWaitActions(): WaitDeeds {
  const live = useLive();
  const { asked, ask, clear } = useOutcome();
  const deeds = useMemo(
    () => ({
      answer: (wait: WaitView, answer: WaitAnswer) => void ask(() => live.answer(wait, answer)),
      stop: (wait: WaitView) => void ask(() => live.cancelTurn(wait.machine, wait.session)),
      trust: (wait: WaitView, digest: string) => void ask(() => trust(live, wait, digest)),
      retry: ({ answering }: WaitView) => void (answering === null ? null : ask(() => live.retry(answering.command))),
      dismiss: ({ answering }: WaitView) => {
        if (answering !== null) void live.dismiss(answering.command);
      },
    }),
    [live, ask],
  );
  return { ...deeds, refusal: asked.status === "refused" ? asked.refusal : null, clear };
}

async function trust(live: Live, wait: WaitView, digest: string): ReturnType<Live["trustProject"]> {
  const machine = live.app.get().machines.find((each) => each.machine === wait.machine);
  const project = machine?.projects?.projects.find((each) => each.root === rootOf(wait));
  if (project !== undefined) return live.trustProject(wait.machine, project.root, digest);
  return {
    ok: false,
    refusal: { code: "E_NOT_FOUND", text: "The project is not known here yet.", next: "Trust it on Machine." },
  };
}

function rootOf({ request }: WaitView): string | null {
  return request?.kind === "trust" ? request.req.root : null;
}

/** Whether answers to this wait would only wait on this device. */
export function isAway(machine: Pick<MachineView, "liveness"> | undefined): boolean {
  return machine?.liveness.status === "stale" || machine?.liveness.status === "offline";
}
