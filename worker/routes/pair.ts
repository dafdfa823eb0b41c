// A new device posts PAIR1 and PAIR3; what the relay says comes back as the answer (protocol section 5).
import { AppError, isFrame, parseFrame } from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";
import { readFrame } from "./body.ts";
import { readMachine } from "./machine-param.ts";

/** POST /v1/pair/{m}: 200 with the relay's frames, 204 = post the same bytes again. */
export async function postPair(c: AppContext): Promise<Response> {
  const { hubs, registry } = c.var.parts;
  const m = readMachine(c);
  const bytes = await readFrame(c);
  const frame = parseFrame(bytes);
  if (!isFrame(frame, "PAIR1") && !isFrame(frame, "PAIR3")) throw new AppError("E_FRAME");
  if ((await registry.machine(m)) === null) throw new AppError("E_NOT_FOUND");
  const answer = await hubs.pair(m, bytes, c.req.header("CF-Connecting-IP") ?? "");
  if (answer.status === "refused") {
    throw new AppError(answer.code, answer.retryMs === undefined ? {} : { retryMs: answer.retryMs });
  }
  if (answer.status === "silent") return c.body(null, 204);
  return c.body(answer.bytes, 200, { "Content-Type": "application/octet-stream" });
}
