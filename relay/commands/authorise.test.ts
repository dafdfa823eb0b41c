// Scopes and policy over every operation there is.
import { expect, it } from "vitest";
import { OPERATIONS, SCOPES, scopeAllows, type OperationName } from "../../schema/index.ts";
import { allowedOperations, authorise, narrowed } from "./authorise.ts";
import { parsePolicy } from "./policy.ts";

const OPS = Object.keys(OPERATIONS) as OperationName[];

it("S30: gives no device an operation beyond its scope, whatever the policy says", async () => {
  for (const maxScope of SCOPES) {
    const policy = await parsePolicy(JSON.stringify({ maxScope }));
    for (const scope of SCOPES) {
      for (const op of OPS) {
        const isWithin = scopeAllows(scope, OPERATIONS[op].scope);
        const isAllowed = isWithin && scopeAllows(maxScope, OPERATIONS[op].scope);
        const verdict = authorise(op, { scope, shell: true }, policy);
        expect(verdict, `${op} for ${scope} under ${maxScope}`).toBe(
          isAllowed ? null : isWithin ? "E_POLICY" : "E_SCOPE",
        );
      }
    }
  }
});

it("lets policy narrow only", async () => {
  const open = await parsePolicy(null);
  const closed = await parsePolicy('{"maxScope":"view","shell":false}');
  expect(narrowed({ scope: "operate", shell: false }, open)).toEqual({ scope: "operate", shell: false });
  expect(narrowed({ scope: "admin", shell: true }, closed)).toEqual({ scope: "view", shell: false });
  expect(narrowed({ scope: "view", shell: true }, open)).toEqual({ scope: "view", shell: true });
});

it("names what a device may ask for", async () => {
  const policy = await parsePolicy('{"forbid":["device.rename"]}');
  const ops = allowedOperations({ scope: "view", shell: false }, policy);
  expect(ops.toSorted()).toEqual(["agent.probe", "blob.get", "device.hello", "device.rekey", "history.get"]);
});

it("keeps keys of other parts in the same file, and refuses what is no policy", async () => {
  const policy = await parsePolicy('{"projectFolders":["~/code"]}');
  expect(policy).toMatchObject({ maxScope: "admin", shell: true, forbidden: [] });
  expect(policy.digest).not.toBe((await parsePolicy(null)).digest);
  await expect(parsePolicy('{"maxScope":"root"}')).rejects.toMatchObject({ code: "E_SCHEMA" });
  await expect(parsePolicy('{"forbid":["rm"]}')).rejects.toMatchObject({ code: "E_SCHEMA" });
  await expect(parsePolicy("maxScope: view")).rejects.toMatchObject({ code: "E_SCHEMA" });
});
