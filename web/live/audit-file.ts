// The audit trail as a file, on a device: read from the machine itself, proven before anybody gets it.
import {
  AppError,
  auditHeadText,
  auditLineText,
  fromB64,
  HISTORY_PAGE,
  isAppError,
  MACHINE_SESSION,
  recordHash,
  toB64,
  verifyAudit,
  type Frame,
  type MachineId,
} from "../../schema/index.ts";
import type { LiveCore } from "./core.ts";
import { refusalOf } from "./delivery.ts";
import { MachineKeys } from "./keyring.ts";
import type { Machine } from "./machine.ts";
import type { Outcome } from "./model.ts";
import { frameOf } from "./outbox.ts";

/**
 * Every record of the machine's own log that the machine still keeps. Refused while it is away (E_OFFLINE and the like),
 * and with E_FORK when its log is not the one that this device holds.
 */
export async function auditFile(core: LiveCore, id: MachineId): Promise<Outcome<string>> {
  const machine = core.machine(id);
  if (machine === null) return { ok: false, refusal: refusalOf("E_NOT_FOUND", null) };
  try {
    return { ok: true, data: await provenFile(machine, core.platform.clock.wall()) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    const words = error.data["text"] ?? error.data["reason"];
    return { ok: false, refusal: refusalOf(error.code, typeof words === "string" ? words : null) };
  }
}

async function provenFile(machine: Machine, exported: number): Promise<string> {
  const { m, ri, keyring } = machine.row;
  const keys = await MachineKeys.of(machine.row);
  const seen = machine.log(MACHINE_SESSION)?.seen ?? null;
  const devices = keyring.devices.map(({ d, name }) => ({ d, name }));
  const lines = [auditHeadText({ machine: m, ri: toB64(ri), exported, devices })];
  for await (const frame of recordsOf(machine)) {
    const { seq, epoch } = frame.header;
    if (seq === seen?.seq && (await recordHash(frame.hdr, frame.body)) !== seen.h) throw new AppError("E_FORK", {});
    lines.push(await auditLineText(frame, await keys.content(epoch, MACHINE_SESSION)));
  }
  const text = `${lines.join("\n")}\n`;
  await verifyAudit(text, ri);
  return text;
}

/** All records from the oldest that is kept; each page begins behind the last frame of the one before. */
async function* recordsOf(machine: Machine): AsyncGenerator<Frame<"EVT">> {
  let next = 1;
  for (;;) {
    const { frames } = await machine.live.run("history.get", {
      s: MACHINE_SESSION,
      from: next,
      to: next + HISTORY_PAGE,
    });
    const from = next;
    for (const text of frames) {
      const frame = frameOf("EVT", fromB64(text));
      if (frame === null) throw new AppError("E_FRAME", {});
      next = frame.header.seq + 1;
      yield frame;
    }
    if (next <= from) return;
  }
}
