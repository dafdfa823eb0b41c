// A relay's core at its start: what it opens, and what it refuses.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AppError, MACHINE_SESSION } from "../schema/index.ts";
import { systemClock } from "./clock.ts";
import { openCore } from "./relay.ts";
import { openStateFolder } from "./state/state-folder.ts";

test("a journal without its identity is refused, and nothing is made in its place", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kelpie-core-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { uid } = userInfo();
  const state = openStateFolder({ dir: join(folder, "state"), runtimeDir: folder, uid });
  const defect = (error: unknown): void => {
    throw error;
  };
  const open = () => openCore({ state, clock: systemClock, logFile: { note: () => undefined, defect }, uid });
  const first = await open();
  await first.log.append(MACHINE_SESSION, { k: "note", code: "boot" });
  first.trust.stop();
  first.db.close();
  const identity = join(state.dir, "identity.json");
  rmSync(identity);
  const refusal: unknown = await open().then(
    () => null,
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ code: "E_DISK", data: { reason: expect.stringContaining("identity.json") } });
  expect(refusal).toBeInstanceOf(AppError);
  expect(existsSync(identity)).toBe(false);
});
