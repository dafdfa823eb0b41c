// One stretch of inputs against one target, in this thread.
import type { Bytes } from "../../../schema/index.ts";
import { Inputs } from "./inputs.ts";
import { minimise } from "./minimise.ts";
import type { FuzzTarget } from "./target.ts";
import { judge, type Failure } from "./verdict.ts";

/** Numbers `from` to `to - 1` of the inputs of a seed. */
export interface Stretch {
  readonly seed: string;
  readonly from: number;
  readonly to: number;
  /** Called before each input. */
  readonly onInput?: (index: number) => void;
}

/** A failing input. */
export interface Finding {
  readonly target: string;
  readonly kind: Failure;
  readonly cause: string;
  readonly words: string;
  readonly seed: string;
  readonly index: number;
  /** The smallest input found with the same cause. */
  readonly input: Bytes;
}

/** A figure, and the input that reached it. */
export interface Peak {
  readonly value: number;
  readonly index: number;
}

/** What a stretch showed. */
export interface Campaign {
  readonly inputs: number;
  readonly bytes: number;
  /** How many inputs were taken or known to be nothing, and how many refused, by code. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly cpuMs: Peak;
  readonly heapBytes: Peak;
  /** One per cause. */
  readonly findings: readonly Finding[];
}

/** Below this a new peak is noise not worth a second look, ms. */
const PEAK_FLOOR_MS = 2;

/** Runs the stretch. Never throws for what a parser does. */
export async function runStretch(target: FuzzTarget, { seed, from, to, onInput }: Stretch): Promise<Campaign> {
  const inputs = new Inputs(target, seed);
  const outcomes: Record<string, number> = {};
  const findings = new Map<string, Finding>();
  let [bytes, cpuMs, heapBytes]: [number, Peak, Peak] = [0, { value: 0, index: from }, { value: 0, index: from }];
  for (let index = from; index < to; index++) {
    onInput?.(index);
    const input = inputs.at(index);
    bytes += input.length;
    let verdict = await judge(target, input);
    // A peak is measured twice, so that a pause of the collector does not become the parser's figure.
    if (verdict.kind === "fine" && verdict.cpuMs > Math.max(PEAK_FLOOR_MS, cpuMs.value)) {
      const again = await judge(target, input);
      if (again.kind !== "fine" || again.cpuMs < verdict.cpuMs) verdict = again;
    }
    if (verdict.kind === "fine") {
      const outcome = verdict.refusal ?? "taken";
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (verdict.cpuMs > cpuMs.value) cpuMs = { value: verdict.cpuMs, index };
      if (verdict.heapBytes > heapBytes.value) heapBytes = { value: verdict.heapBytes, index };
    } else if (!findings.has(verdict.cause)) {
      const { kind, cause, words } = verdict;
      const smallest = await minimise(target, input, cause);
      findings.set(cause, { target: target.name, kind, cause, words, seed, index, input: smallest });
    }
  }
  return { inputs: to - from, bytes, outcomes, cpuMs, heapBytes, findings: [...findings.values()] };
}

/** Two stretches of one target as one. */
export function joined(a: Campaign, b: Campaign): Campaign {
  const outcomes: Record<string, number> = { ...a.outcomes };
  for (const [outcome, count] of Object.entries(b.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  const causes = new Set(a.findings.map(({ cause }) => cause));
  return {
    inputs: a.inputs + b.inputs,
    bytes: a.bytes + b.bytes,
    outcomes,
    cpuMs: a.cpuMs.value >= b.cpuMs.value ? a.cpuMs : b.cpuMs,
    heapBytes: a.heapBytes.value >= b.heapBytes.value ? a.heapBytes : b.heapBytes,
    findings: [...a.findings, ...b.findings.filter(({ cause }) => !causes.has(cause))],
  };
}
