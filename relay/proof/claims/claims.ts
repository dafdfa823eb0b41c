// What Kelpie claims, in the words of its protocol (sections 14 and 16), and what it does not. The one place of these
// words; which test holds a claim, and which mutant shows that the test can fail, is found, never written here.

/** S: security, against a malicious Worker or peer. R: reliability, checked after every step. X: not claimed. */
export const CLAIMS: Readonly<Record<string, string>> = {
  S1: "Replaying any stored CMD frame, at any later time, after restart or after moving the relay clock to any value, makes nothing run twice.",
  S2: "Flipping any single bit of any frame, header or body, makes the receiver reject it with no state change other than a counter.",
  S3: "A CMD sent to another machine, device slot, generation, class or boot, or a RES bound to another CMD, is rejected.",
  S4: "A Worker holding every stored byte, every token and all TLS traffic cannot decrypt a prompt, path, title, output, command, result or device name (canary strings never appear in Worker storage, logs, D1 dumps or memory snapshots).",
  S5: "Only frames that OPEN under the key of a device in state `active` cause an effect (in `pending`: only device.hello, and only its activation); a grant invented by the Worker causes none.",
  S6: "With S unknown, no Worker behaviour yields a trusted device; with S stolen and the Worker malicious, one attempt succeeds with probability <= 3 * 10^-6 (three typed tries).",
  S7: "Two different PAIR1 for one code, or any mismatch, leave zero new devices.",
  S8: "After the revoke commit, no frame of d has effect and no record of a later epoch opens with d's keys, even if the Worker ignores the revocation.",
  S9: "A viewer link cannot produce an effect, read another session, or read records after share.revoke.",
  S10: "A viewer colluding with the Worker cannot make a device accept a forged record (signature).",
  S11: "Withheld, delayed, reordered, truncated or rolled-back records, and the 32 newest documents, are never shown as live; the UI reports them within 45 s (30 s withholding).",
  S12: "Two validly signed records with equal (session, seq) and different content raise FORK on every client that meets both, and on the relay via `seen`.",
  S13: "wait.answer with a digest other than that of the pending wait, or for a resolved one, authorises nothing.",
  S14: "No UI state says accepted, approved or done without an OPENed RES.",
  S15: "An unclaimed Worker performs no action; a claim without T fails; two concurrent claims yield one owner.",
  S16: "A WebSocket upgrade with a foreign, null or missing Origin (device) or any Origin (relay) fails; a stolen token without DA cannot pass `auth`.",
  S17: "A token with another alg, typ, aud, signer, or past exp is rejected; `none` and HS/ES confusion are rejected.",
  S18: "No secret appears in any URL, Referer, log, crash report or push payload (scanner over the full test run's artefacts).",
  S19: "A rendered record containing HTML, SVG, Markdown, Mermaid, ANSI/OSC or bidi payloads executes no script, opens no connection, writes no clipboard, hides no character of an approval (control and invisible characters are shown escaped).",
  S20: "No listening TCP socket belongs to the relay or a session host.",
  S21: "git and fs ops on a hostile repository (fsmonitor, hooksPath, filters, textconv, external diff, sshCommand, pager, submodule update, ext::, dash-names, symlinks, crafted .git files) run no canary and touch nothing outside the roots.",
  S22: "Repository-controlled agent configuration (hooks, MCP servers, env, base URLs) takes no effect in a workspace not trusted by content hash on the machine.",
  S23: "Webhook: altered body, wrong HMAC, stale timestamp, repeated delivery id -> no effect; the HMAC secret is absent from the Worker.",
  S24: "Rolling back the Worker's storage (registry, keyring, records, DOC) to any earlier state yields no accepted stale KEYRING or DOC and no effect.",
  S25: "After rekey and erasure, captured CMD/RES of the old generation cannot be opened with all keys of both sides.",
  S26: "Theft of the Worker's TK and D1 lets the thief connect as any role, yet S1-S14 still hold.",
  S27: "Every parser of untrusted bytes survives 10^6 fuzz inputs without exception escape, > 64 MiB memory or > 50 ms per input.",
  S28: "An archive or skill package larger than its declared limits, with links, `..`, absolute or special entries, leaves the disk unchanged.",
  S29: "A URL fetched on behalf of a user never reaches loopback, link-local, private or metadata addresses, including by redirect or DNS rebinding.",
  S30: "device scope `view` or `operate`, and local policy, cannot be exceeded by any sequence of ops (model-based).",
  R1: "Every record the relay committed is, after faults stop, on every subscribed client exactly once, in seq order, byte-identical, unless evicted and then obtainable by history.get until local retention.",
  R2: "No record is sent before its commit; after kill -9 or power loss at any point, no (session, seq) is ever sent with two contents.",
  R3: "A Worker ack implies the record survives hub eviction, deploy and restart.",
  R4: "A Worker that acks and discards loses nothing inside local retention.",
  R5: "For each (d,g,ctr) side effects begin at most once; non-idempotent ops interrupted mid-run end as `indeterminate`, never silently retried or dropped.",
  R6: "Every durable CMD reaches a verdict (accepted or final) on the device within 60 s of mutual connectivity, or by exp, and exactly one final status when its op ends.",
  R7: "Identical retries return identical results for 7 days.",
  R8: "Two answers to one permission: exactly one takes effect and all devices converge on it.",
  R9: "Cursors are monotonic; a client killed at any point resumes with no gap and no duplicate item in the view.",
  R10: "Hub memory per socket is O(1): no queue grows with a slow or sleeping client; hibernation at any await loses nothing.",
  R11: "A slow, absent or hostile viewer never delays an agent, a PTY or another client beyond 50 ms p99.",
  R12: "After relay restart each session is either re-adopted (same pid, start time, nonce) or has exactly one `interrupted` record; no orphan agent keeps running unowned.",
  R13: "Raw agent output is consumed exactly once across relay restarts when the session host survives (offset-committed).",
  R14: "With an honest Worker, a restored or cloned relay state adopts its own signed records or stops with E_FORK: the Worker never stores two contents for one (session, seq), and two writers never both continue.",
  R15: "Offline queue: order per device kept, TTL enforced by the relay, queue bounded, expiry visible to the sender.",
  R16: "A deploy closing all sockets heals: 99 % of clients live again <= 8 s, 100 % <= 35 s, <= 2 connection attempts per client per 5 s.",
  R17: "Quota, ENOSPC and D1 outage degrade to refusal of new work, never to loss of committed data or to unauthenticated service.",
  R18: "PTY view converges to the relay's screen state <= 1 s after the last output with any loss pattern; input bytes apply once and in order.",
  X1: "A host that serves altered app code defeats end-to-end protection of browsers loading it.",
  X2: "availability.",
  X3: "kids, IPs, times, sizes after padding, session ids, record counts, epochs, frame types, online times, hook sources and plaintext webhook bodies in transit.",
  X4: "S1, S25 and R2 for a relay whose whole disk or VM was silently reverted AND whose Worker at the same time hides newer records: a fork or a repeated command is then possible and is reported by devices (S12), not prevented.",
};

/** What each command's run checks: by sim/invariants after every step, by kills/invariants.ts in what the dead left. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  sim: ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R12", "R14", "R15"],
  kills: ["R1", "R2", "R3", "R5", "R6", "R9", "R12", "R13"],
  fuzz: ["S27"],
};

/** The commands whose figures stand for a claim beside its tests and mutants. */
export function measuredBy(claim: string): readonly string[] {
  return Object.keys(CHECKS).filter((command) => CHECKS[command]?.includes(claim));
}
