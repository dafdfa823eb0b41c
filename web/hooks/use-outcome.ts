import { useCallback, useState } from "react";
import type { Refusal } from "../live/model.ts";

/** A thing a person asked for, from the tap to what became of it. */
export type Asked =
  | { readonly status: "idle" }
  | { readonly status: "busy" }
  | { readonly status: "refused"; readonly refusal: Refusal };

/** What `Accepted` and `Outcome` have in common. */
type Answer = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

interface Asking {
  readonly asked: Asked;
  /** Runs it, shows it as busy, and resolves with its answer. A throw is a defect and shown as one. */
  readonly ask: <T extends Answer>(run: () => Promise<T>) => Promise<T | null>;
  readonly clear: () => void;
}

/** One form's or screen's last command. Success needs no words here: the stores show what became true. */
export function useOutcome(): Asking {
  const [asked, setAsked] = useState<Asked>({ status: "idle" });
  const ask = useCallback(async <T extends Answer>(run: () => Promise<T>): Promise<T | null> => {
    setAsked({ status: "busy" });
    try {
      const answer = await run();
      setAsked(answer.ok ? { status: "idle" } : { status: "refused", refusal: answer.refusal });
      return answer;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      setAsked({ status: "refused", refusal: { code: "E_INTERNAL", text, next: "Reload Kelpie and try again." } });
      return null;
    }
  }, []);
  const clear = useCallback(() => setAsked({ status: "idle" }), []);
  return { asked, ask, clear };
}
