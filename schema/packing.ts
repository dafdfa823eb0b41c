// One binary WebSocket message: 1 to 256 length-prefixed frames, at most 1 MiB.
import { concat, lp } from "./bytes.ts";
import { AppError } from "./errors.ts";
import { FRAME_BYTES, MESSAGE_BYTES, MESSAGE_FRAMES } from "./limits.ts";
import type { Bytes } from "./platform.ts";

const PREFIX_BYTES = 4;

/** One message of these frames; TypeError when they do not fit one (use `packAll`). */
export function packMessage(frames: readonly Uint8Array[]): Bytes {
  const message = concat(...frames.map((frame) => lp(frame)));
  if (frames.length === 0 || frames.length > MESSAGE_FRAMES || message.length > MESSAGE_BYTES) {
    throw new TypeError(`${frames.length} frames of ${message.length} bytes do not fit one message`);
  }
  return message;
}

/** As few messages as hold these frames, in order. */
export function packAll(frames: readonly Uint8Array[]): Bytes[] {
  const messages: Bytes[] = [];
  let batch: Uint8Array[] = [];
  let size = 0;
  for (const frame of frames) {
    const added = frame.length + PREFIX_BYTES;
    if (batch.length > 0 && (batch.length === MESSAGE_FRAMES || size + added > MESSAGE_BYTES)) {
      messages.push(packMessage(batch));
      batch = [];
      size = 0;
    }
    batch.push(frame);
    size += added;
  }
  if (batch.length > 0) messages.push(packMessage(batch));
  return messages;
}

/** The frames of a message, as views; E_SIZE or E_FRAME when it breaks the rules above. */
export function unpackMessage(message: Bytes): Bytes[] {
  if (message.length > MESSAGE_BYTES) throw new AppError("E_SIZE", { reason: "message too large" });
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const frames: Bytes[] = [];
  let offset = 0;
  while (offset < message.length) {
    if (offset + PREFIX_BYTES > message.length) throw new AppError("E_FRAME", { reason: "truncated" });
    const length = view.getUint32(offset);
    offset += PREFIX_BYTES;
    if (length > FRAME_BYTES) throw new AppError("E_SIZE", { reason: "frame too large" });
    if (length === 0 || offset + length > message.length) throw new AppError("E_FRAME", { reason: "truncated" });
    frames.push(message.subarray(offset, offset + length));
    offset += length;
    if (frames.length > MESSAGE_FRAMES) throw new AppError("E_FRAME", { reason: "too many frames" });
  }
  if (frames.length === 0) throw new AppError("E_FRAME", { reason: "empty" });
  return frames;
}
