// RES frames: what a device is told about its command.
import {
  AppError,
  COMMAND_BYTES,
  encodePlain,
  isFinal,
  randomId,
  sealFrame,
  type BootId,
  type Bytes,
  type ErrorCode,
  type Hash,
  type MachineId,
  type ResultPlain,
  type ResultStatus,
  type Secret,
} from "../../schema/index.ts";
import type { CommandKey } from "./command-table.ts";

/** How a command stands or ended. */
export interface Outcome {
  readonly status: ResultStatus;
  readonly code?: ErrorCode;
  /** The tool's own words. */
  readonly text?: string;
  readonly data?: unknown;
}

/** h, hi and the rest of a plaintext fit here besides the data. */
const FRAME_ROOM_BYTES = 2048;

/** The RES frame: bound to the command by `h`, numbered `n` within it. Data over COMMAND_BYTES becomes E_SIZE. */
export async function sealResult(
  machine: MachineId,
  key: CommandKey,
  res: Secret,
  answer: { readonly h: Hash; readonly hi: number; readonly n: number; readonly outcome: Outcome },
): Promise<Bytes> {
  const { h, hi, n, outcome } = answer;
  const plain: ResultPlain = { h, ...outcome, hi };
  let bytes = encodePlain("RES", plain);
  if (bytes.length > COMMAND_BYTES + FRAME_ROOM_BYTES) {
    const tooLarge: ResultPlain = { h, status: "failed", code: "E_SIZE", text: "the result is too large", hi };
    bytes = encodePlain("RES", tooLarge);
  }
  const header = { m: machine, ...key, n, final: isFinal(outcome.status) ? 1 : 0 };
  return sealFrame("RES", header, res, bytes);
}

/**
 * What a handler's error means for the device: an AppError is `failed` with its code, its words and the facts a caller can
 * act on. Anything else is a defect: the device gets an opaque id, `report` the error under the same id.
 */
export function failure(error: unknown, report: (error: unknown, id: string) => void): Outcome {
  if (!(error instanceof AppError)) {
    const id = randomId<BootId>();
    report(error, id);
    return { status: "failed", code: "E_INTERNAL", text: id };
  }
  const { text, reason, ...facts } = error.data;
  const words = typeof text === "string" ? text : reason;
  return {
    status: "failed",
    code: error.code,
    ...(typeof words === "string" ? { text: words } : {}),
    ...(Object.keys(facts).length === 0 ? {} : { data: facts }),
  };
}
