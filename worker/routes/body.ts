// Reads the body of a state-changing route: its type, its origin, its size, its shape.
import { AppError, BODY_BYTES, FRAME_BYTES, fromUtf8, parseJson, type Bytes, type z } from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";
import { requireOwnOrigin } from "../auth/origin.ts";

/** The JSON body; E_ORIGIN, E_FRAME (another content type), E_SIZE or E_SCHEMA otherwise. */
export async function readJson<T extends z.ZodMiniType>(c: AppContext, shape: T): Promise<z.infer<T>> {
  const bytes = await readBytes(c, "application/json", BODY_BYTES);
  return parseJson(fromUtf8(bytes) ?? "", shape);
}

/** The binary body of a pairing post; the same refusals. */
export function readFrame(c: AppContext): Promise<Bytes> {
  return readBytes(c, "application/octet-stream", FRAME_BYTES);
}

async function readBytes(c: AppContext, contentType: string, maxBytes: number): Promise<Bytes> {
  requireOwnOrigin(c.req.header("Origin"), c.var.parts.config.appOrigin);
  const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== contentType) throw new AppError("E_FRAME", { reason: "wrong content type" });
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Counted while it arrives: a declared length may lie or be missing.
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new AppError("E_SIZE");
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
