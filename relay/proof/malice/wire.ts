// What passes between a peer and its hub, taken apart so that a strategy can change it, and put together again.
import {
  isAppError,
  packAll,
  parseFrame,
  unpackMessage,
  utf8,
  fromUtf8,
  type AnyFrame,
  type Bytes,
} from "../../../schema/index.ts";

/** Who says it to whom. */
export type Direction = "relay>hub" | "hub>relay" | "device>hub" | "hub>device";

/** One frame, one text, or bytes that are no frame; a binary message is as many as it holds. */
export type Said =
  | { readonly kind: "frame"; readonly frame: AnyFrame }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Bytes };

/** A frame as something said; bytes that no longer parse are said all the same. */
export function frameSaid(bytes: Uint8Array): Said {
  const own = bytes.slice();
  try {
    return { kind: "frame", frame: parseFrame(own) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { kind: "bytes", bytes: own };
  }
}

/** A control message as something said, also one that no honest Worker would say. */
export function controlSaid(message: object): Said {
  return { kind: "text", text: JSON.stringify(message) };
}

/** The parts of one WebSocket message. */
export function takeApart(data: Bytes, isBinary: boolean): readonly Said[] {
  if (!isBinary) return [{ kind: "text", text: fromUtf8(data) ?? "" }];
  try {
    return unpackMessage(data).map(frameSaid);
  } catch (error) {
    if (!isAppError(error)) throw error;
    return [];
  }
}

/** As few WebSocket messages as say this, in order. */
export function putTogether(said: readonly Said[]): readonly (string | Bytes)[] {
  const messages: (string | Bytes)[] = [];
  let frames: Uint8Array[] = [];
  const flush = (): void => {
    messages.push(...packAll(frames));
    frames = [];
  };
  for (const each of said) {
    if (each.kind === "text") {
      flush();
      messages.push(each.text);
    } else {
      frames.push(each.kind === "frame" ? each.frame.bytes : each.bytes);
    }
  }
  flush();
  return messages;
}

/** `t` of a control message, "" for anything else. */
export function controlName(said: Said): string {
  return said.kind === "text" ? (/"t":"([a-z_]+)"/.exec(said.text)?.[1] ?? "") : "";
}

/** Everything a message is made of, as bytes to search in. */
export function bytesOf(said: Said): Bytes {
  if (said.kind === "text") return utf8(said.text);
  return said.kind === "frame" ? said.frame.bytes : said.bytes;
}
