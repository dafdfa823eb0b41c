// The hash chain of a session's log (protocol section 7).
import { hashOf, sha256 } from "./crypto.ts";
import { idToBytes, type Hash, type MachineId, type SessionId } from "./ids.ts";
import { utf8, type Bytes } from "./platform.ts";

/** h_0 of a session. */
export function genesis(machine: MachineId, session: SessionId): Promise<Hash> {
  return hashOf(utf8("kelpie1/genesis"), idToBytes(machine), idToBytes(session));
}

/** h_q of a record: binds its header, and through `prev` in it every record before. */
export async function recordHash(hdr: Bytes, body: Bytes): Promise<Hash> {
  return hashOf(utf8("kelpie1/evt"), hdr, await sha256(body));
}
