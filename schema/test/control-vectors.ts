// One control message of every kind and direction, as text: what any implementation must read and may send.
import { b64, ramp } from "./reference.ts";

const s = b64(ramp(0x20, 16));
const d = b64(ramp(0x30, 16));
const pid = b64(ramp(0x80, 16));
const nonce = b64(ramp(0x10, 16));
const hash = b64(ramp(0x40, 32));
const hello = { t: "hello", v: 1, nonce: hash, conn: b64(ramp(0x50, 16)), time: 1_795_000_000_123 };
const auth = { t: "auth", kid: d, sig: b64(ramp(0, 64)), client: "kelpie 0.1.0" };
const going = { t: "going", afterMs: 5000 };
const jwk = { kty: "EC", crv: "P-256", x: hash, y: hash };

/** Messages by direction. */
export function makeControlVectors(): Record<string, readonly object[]> {
  return {
    relayToHub: [
      auth,
      { t: "pull", s, from: 1, to: 201 },
      { t: "reset", s, q: 4 },
      { t: "retire", list: [[s, 4]] },
      { t: "grants", rev: 7, list: [{ kid: d, jwk, role: "device", exp: 1_795_000_600_123 }] },
      { t: "routes", rev: 7, hooks: [pid], shares: [{ sid: pid, s, authHash: hash, from: 1, exp: 9 }] },
      { t: "pair_open", pid, exp: 1_795_000_300_123 },
      { t: "pair_close", pid },
      { t: "cgot", d, g: 1, ctr: 9 },
      { t: "hgot", hid: pid, seq: 2 },
    ],
    deviceToHub: [
      auth,
      { t: "pull", s, from: 1, to: 201 },
      { t: "sub", subs: [[s, 12]], docs: 0, live: [[s, 1]], nonce },
      { t: "alive", nonce },
      { t: "got", bytes: 65_536 },
      { t: "list", before: 9_007_199_254_740_991, limit: 200 },
      { t: "blob", bid: pid, idx: 0 },
    ],
    hubToRelay: [
      hello,
      { t: "ready", role: "relay", relay: "on" },
      { t: "err", code: "E_QUOTA", ref: [s, 3], retryMs: 60_000 },
      going,
      { t: "heads", list: [[s, 3, hash]], more: false, docs: 8, grants: 7, rings: [[d, 6]] },
      { t: "ack", list: [[s, 3]], docs: 8 },
      { t: "need", s, q: 4 },
      { t: "watch", list: [[d, nonce]] },
    ],
    hubToDevice: [
      hello,
      { t: "ready", role: "device", relay: "off" },
      { t: "err", code: "E_OFFLINE", ref: [1, 9] },
      going,
      { t: "queued", g: 1, ctr: 9 },
      { t: "floor", s, q: 2 },
    ],
  };
}
