// Rules that leave nothing to a thief of the Worker's token key and registry.
import type { Mutant } from "./mutant.ts";

const FILE = "relay/proof/keys/thief.test.ts";

export const THIEF_MUTANTS: readonly Mutant[] = [
  {
    id: "s26-name-is-enough",
    claim: "S26",
    rule: "whose a command is the key says under which it opens, not the name in its header",
    file: "relay/commands/open-command.ts",
    find: "  if (plaintext === null) return null;\n  const plain = plainOf(plaintext);",
    replace: '  const plain = plaintext === null ? { op: "device.revoke", args: { d } } : plainOf(plaintext);',
    test: {
      file: FILE,
      name: "S26 under the name of a paired device, with his key in its row, he says nothing that the machine takes for its word",
    },
  },
  {
    id: "s26-answers-what-does-not-open",
    claim: "S26",
    rule: "a command that does not open is dropped without an answer",
    file: "relay/commands/open-command.ts",
    find: "  if (plaintext === null) return null;\n  const plain = plainOf(plaintext);",
    replace: "  const plain = plaintext === null ? null : plainOf(plaintext);",
    test: {
      file: FILE,
      name: "S26 under the name of a paired device, with his key in its row, he says nothing that the machine takes for its word",
    },
  },
  {
    id: "s26-keyrings-for-everybody",
    claim: "S26",
    rule: "a device is given its own keyring only",
    file: "worker/hub/keyrings.ts",
    find: "SELECT frame FROM ring WHERE d = ?",
    replace: "SELECT frame FROM ring WHERE d != ?",
    test: {
      file: FILE,
      name: "S26 as a device he gets in and reads only what no key of his opens; his commands have no effect",
    },
  },
  {
    id: "s26-any-result-is-the-last-word",
    claim: "S26",
    rule: "a result counts when it opens under the keys agreed with the machine",
    file: "web/live/outbox.ts",
    find: "    if (result === null) return null;\n    let isBound",
    replace:
      '    if (result === null) {\n      const final = { status: "rejected" as const, code: null, text: null, data: null, at };\n      await this.#change({ m, g, ctr }, (entry) => ({ ...entry, accepted: true, final }));\n      await this.#finished({ m, g, ctr });\n      return null;\n    }\n    let isBound',
    test: {
      file: FILE,
      name: "S26 as the relay he is heard by no device: nothing he signs counts, no command of a device opens, and the real one returns",
    },
  },
];
