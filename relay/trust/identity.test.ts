// The machine's keys at rest: made once, for their owner's eyes only.
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AppError, importVerifyKey, machineIdOf, sign, verify } from "../../schema/index.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { loadIdentity } from "./identity.ts";

const UID = process.getuid?.() ?? null;

async function refusal(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => {
      throw new Error("was not refused");
    },
    (error: unknown) => {
      if (error instanceof AppError) return error;
      throw error;
    },
  );
}

it("is made once and names the machine by its key", async () => {
  const folder = join(stateFolder(), "state");
  const first = await loadIdentity(folder, UID);
  const second = await loadIdentity(folder, UID);
  expect([first.isNew, second.isNew]).toEqual([true, false]);
  expect(second.machine).toBe(first.machine);
  expect(await machineIdOf(second.riPublic)).toBe(first.machine);
  expect(second.wiPublic).toEqual(first.wiPublic);
  const signature = await sign(second.ri, "evt", new Uint8Array(1));
  expect(await verify(await importVerifyKey(first.riPublic), "evt", new Uint8Array(1), signature)).toBe(true);
  expect(second.ri.extractable).toBe(false);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "identity.json")).mode & 0o777).toBe(0o600);
});

it("refuses a folder or file open to others, with the command that cures it", async () => {
  const folder = stateFolder();
  const path = join(folder, "identity.json");
  await loadIdentity(folder, UID);
  chmodSync(folder, 0o755);
  expect((await refusal(loadIdentity(folder, UID))).data["next"]).toBe(`chmod 700 ${folder}`);
  chmodSync(folder, 0o700);
  chmodSync(path, 0o640);
  expect((await refusal(loadIdentity(folder, UID))).data["next"]).toBe(`chmod 600 ${path}`);
});

it("refuses what belongs to another user", async () => {
  const folder = stateFolder();
  await loadIdentity(folder, UID);
  const error = await refusal(loadIdentity(folder, (UID ?? 0) + 1));
  expect(error.code).toBe("E_DISK");
  expect(error.data["reason"]).toContain("another user");
});

it("refuses a damaged file and leaves it as it is", async () => {
  const folder = stateFolder();
  await loadIdentity(folder, UID);
  const path = join(folder, "identity.json");
  writeFileSync(path, "{}");
  expect((await refusal(loadIdentity(folder, UID))).code).toBe("E_DISK");
  expect(readFileSync(path, "utf8")).toBe("{}");
});
