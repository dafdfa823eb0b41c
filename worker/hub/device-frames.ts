// A device's binary message: commands, and nothing else.
import {
  AppError,
  assertNever,
  EXP_RANGE_MS,
  HANDED_OVER_MS,
  isAppError,
  isFrame,
  NO_BOOT,
  packAll,
  parseFrame,
  unpackMessage,
  type Bytes,
  type ErrorCode,
  type Frame,
} from "../../schema/index.ts";
import type { DeviceConnection } from "./connections.ts";
import type { HubParts } from "./hub-parts.ts";
import type { Buckets } from "./rate.ts";

/** `class` of a CMD. */
const DURABLE = 1;
const LIVE = 2;

/** Rates of one hub's devices. A whole outbox and a burst of live commands do not disturb each other. */
export interface CommandRates {
  readonly live: Buckets;
  readonly durable: Buckets;
}

/** What becomes of one command. */
type Verdict =
  | { readonly kind: "pass" }
  | { readonly kind: "queued" }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly retryMs?: number };

/** E_FRAME or E_SIZE, with nothing done, for anything but this device's own commands to this machine. */
export function parseDeviceMessage(device: DeviceConnection, message: Bytes): Frame<"CMD">[] {
  return unpackMessage(message).map((bytes) => {
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "CMD")) throw new AppError("E_FRAME", { reason: "not a device's frame" });
    const { m, d, class: commandClass, boot } = frame.header;
    if (m !== device.state.m || d !== device.state.d) throw new AppError("E_FRAME", { reason: "another's command" });
    const isKnownClass = commandClass === LIVE || (commandClass === DURABLE && boot === NO_BOOT);
    if (!isKnownClass) throw new AppError("E_FRAME", { reason: "unknown class" });
    return frame;
  });
}

/** Queues the durable ones in one transaction, passes all that a present relay may have, and answers each. */
export function takeCommands(
  parts: HubParts,
  rates: CommandRates,
  device: DeviceConnection,
  commands: readonly Frame<"CMD">[],
): void {
  const relay = parts.connections.relay();
  const verdicts = parts.storage.transactionSync(() =>
    commands.map((command) => judge(parts, rates, command, relay !== null)),
  );
  const passing: Bytes[] = [];
  for (const [index, command] of commands.entries()) {
    const verdict = verdicts[index];
    if (verdict === undefined) continue;
    const { g, ctr } = command.header;
    switch (verdict.kind) {
      case "queued":
        device.say({ t: "queued", g, ctr });
        // Until the relay is told everything, what waits must stay in order: it follows with the rest of the queue.
        if (relay?.state.synced === true) passing.push(command.bytes);
        break;
      case "pass":
        passing.push(command.bytes);
        break;
      case "refused":
        device.say({ t: "err", code: verdict.code, ref: [g, ctr], ...retryOf(verdict) });
        break;
      default:
        assertNever(verdict);
    }
  }
  for (const message of packAll(passing)) relay?.send(message);
}

function retryOf({ retryMs }: { readonly retryMs?: number }): { retryMs?: number } {
  return retryMs === undefined ? {} : { retryMs };
}

function judge({ queue, now }: HubParts, rates: CommandRates, command: Frame<"CMD">, hasRelay: boolean): Verdict {
  const { d, class: commandClass, exp } = command.header;
  const at = now();
  const waitMs = (commandClass === DURABLE ? rates.durable : rates.live).take(d, at);
  if (waitMs > 0) return { kind: "refused", code: "E_RATE", retryMs: waitMs };
  const passOr = (code: ErrorCode): Verdict => (hasRelay ? { kind: "pass" } : { kind: "refused", code });
  if (commandClass === LIVE) return passOr("E_OFFLINE");
  if (!hasRelay && exp <= at) return { kind: "refused", code: "E_EXPIRED" };
  if (!hasRelay && exp > at + EXP_RANGE_MS) return { kind: "refused", code: "E_EXP_RANGE" };
  // A present relay judges by its own clock, and has the answer of an old command that is asked again. Until it has taken
  // it, it is kept all the same: lost on the way, it would be overtaken by what is said next.
  const until = hasRelay ? Math.min(Math.max(exp, at + HANDED_OVER_MS), at + EXP_RANGE_MS) : exp;
  try {
    queue.put(command, until);
    return { kind: "queued" };
  } catch (error) {
    if (!isAppError(error)) throw error;
    // Two contents under one counter are for the relay to judge.
    return error.code === "E_CTR_REUSED" ? passOr(error.code) : { kind: "refused", code: error.code };
  }
}
