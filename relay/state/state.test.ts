import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { takeLock } from "./lock.ts";
import { readSettings, writeSettings } from "./settings.ts";
import { openStateFolder, partsOf, prepareSocketFolder, type FolderPlace } from "./state-folder.ts";

const LOCK_MODULE = join(import.meta.dirname, "lock.ts");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kelpie-state-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (dir: string): FolderPlace => ({ dir, runtimeDir: folder, uid: userInfo().uid });

describe("the state folder", () => {
  test("is made for this user only", () => {
    const state = openStateFolder(place(join(folder, "home")));
    expect(statSync(state.dir).mode & 0o777).toBe(0o700);
  });

  test("is refused when others can enter it, with the command that mends it", () => {
    const dir = join(folder, "loose");
    mkdirSync(dir);
    chmodSync(dir, 0o755);
    expect(() => openStateFolder(place(dir))).toThrow(
      expect.objectContaining({ code: "E_POLICY", data: expect.objectContaining({ next: `chmod 700 '${dir}'` }) }),
    );
    expect(statSync(dir).mode & 0o777).toBe(0o755);
  });

  test("is refused when it belongs to somebody else", () => {
    const dir = join(folder, "home");
    openStateFolder(place(dir));
    expect(() => openStateFolder({ ...place(dir), uid: userInfo().uid + 1 })).toThrow(
      expect.objectContaining({ code: "E_POLICY" }),
    );
  });

  test("that cannot be made is refused with what the system said", () => {
    writeFileSync(join(folder, "file"), "");
    for (const dir of [join(folder, "file"), join(folder, "file", "below")]) {
      expect(() => openStateFolder(place(dir))).toThrow(expect.objectContaining({ code: "E_DISK" }));
    }
  });

  test("has one socket, however its path is written", () => {
    const dir = join(folder, "x".repeat(150));
    expect(partsOf(`${dir}/`, place(dir)).socket).toBe(partsOf(dir, place(dir)).socket);
    expect(partsOf(`${folder}/../${dir.slice(tmpdir().length)}`, place(dir)).socket).toBe(
      partsOf(dir, place(dir)).socket,
    );
  });

  test("moves the socket elsewhere when its path would be too long for the system", () => {
    const dir = join(folder, "x".repeat(150));
    const state = partsOf(dir, place(dir));
    expect(Buffer.byteLength(state.socket)).toBeLessThanOrEqual(100);
    expect(partsOf(join(folder, "y".repeat(150)), place(dir)).socket).not.toBe(state.socket);
    prepareSocketFolder(state.socket, state, userInfo().uid);
    expect(statSync(join(state.socket, "..")).mode & 0o777).toBe(0o700);
  });

  test("refuses a socket folder that is a link planted by somebody", () => {
    const dir = join(folder, "x".repeat(150));
    const state = partsOf(dir, place(dir));
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync(join(folder, "elsewhere"), join(state.socket, ".."));
    expect(() => prepareSocketFolder(state.socket, state, userInfo().uid)).toThrow(
      expect.objectContaining({ code: "E_POLICY" }),
    );
  });
});

describe("the lock", () => {
  test("is held once, names its holder, and is free after release", () => {
    const path = join(folder, "lock.db");
    const lock = takeLock(path, 4711);
    expect(() => takeLock(path, 4712)).toThrow(
      expect.objectContaining({
        code: "E_BUSY",
        data: expect.objectContaining({ reason: expect.stringContaining("4711") }),
      }),
    );
    lock.release();
    lock.release();
    takeLock(path, 4712).release();
  });

  test("is free after its holder was killed", async () => {
    const path = join(folder, "lock.db");
    const script = `const { takeLock } = await import(${JSON.stringify(LOCK_MODULE)});
      globalThis.lock = takeLock(${JSON.stringify(path)}, process.pid); process.stdout.write("held"); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(holder, "exit");
    try {
      await once(holder.stdout, "data");
      expect(() => takeLock(path, process.pid)).toThrow(expect.objectContaining({ code: "E_BUSY" }));
    } finally {
      holder.kill("SIGKILL");
    }
    await ended;
    takeLock(path, process.pid).release();
  });
});

describe("settings", () => {
  test("are kept, for this user only", () => {
    const path = join(folder, "settings.json");
    const value = {
      worker: { mode: "remote", origin: "https://k.example" },
      policy: { projectFolders: ["/a"], machineName: null },
    } as const;
    writeSettings(path, { ...value, policy: { ...value.policy, projectFolders: ["/a"] } });
    expect(readSettings(path)).toEqual(value);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("that are garbled are refused and left alone", () => {
    const path = join(folder, "settings.json");
    writeFileSync(path, "{");
    expect(() => readSettings(path)).toThrow(expect.objectContaining({ code: "E_SCHEMA" }));
    expect(statSync(path).size).toBe(1);
  });
});
