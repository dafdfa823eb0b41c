import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { POLICY_BYTES } from "../../schema/index.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { parsePolicy, readPolicyText } from "./policy.ts";

test("the policy file's text, none, and one that nobody has written by hand", async () => {
  const path = join(stateFolder(), "policy.json");
  expect(readPolicyText(path)).toBeNull();
  const policy = JSON.stringify({ forbid: ["project.add"] });
  writeFileSync(path, policy);
  expect((await parsePolicy(readPolicyText(path))).forbidden).toEqual(["project.add"]);
  writeFileSync(path, policy.padEnd(POLICY_BYTES));
  expect(readPolicyText(path)).toHaveLength(POLICY_BYTES);
  writeFileSync(path, policy.padEnd(POLICY_BYTES + 1));
  expect(() => readPolicyText(path)).toThrow("E_SIZE");
});
