// What a relay remembers about its Worker: which one, on which port, and the embedded one's secrets. One file, 0600.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { AppError, parseJson, z } from "../../schema/index.ts";

const embedded = z.object({
  mode: z.literal("embedded"),
  /** Port of the first start; a device's keys belong to the origin, so it stays. */
  port: z.int(),
  /** Public origin of a tunnel or proxy in front; null = the address listened on. */
  origin: z.nullable(z.string()),
  /** TK, base64url. */
  tokenKey: z.string(),
  /** T, base64url, until the Worker is claimed. */
  claimToken: z.nullable(z.string()),
  claimHash: z.string(),
});

const remote = z.object({ mode: z.literal("remote"), origin: z.string() });

const policy = z.object({
  /** Folders in which a device may register projects; null = not asked yet. */
  projectFolders: z.nullable(z.array(z.string())),
  /** Name of this machine on screens; null = the host name. */
  machineName: z.nullable(z.string()),
});

const settings = z.object({ worker: z.nullable(z.discriminatedUnion("mode", [embedded, remote])), policy });

export type EmbeddedSettings = z.infer<typeof embedded>;
export type Settings = z.infer<typeof settings>;

const FIRST: Settings = { worker: null, policy: { projectFolders: null, machineName: null } };

/** Reads the file; a missing one is a first start, a garbled one is refused (E_SCHEMA with the next step) and left alone. */
export function readSettings(path: string): Settings {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return FIRST;
    throw error;
  }
  try {
    return parseJson(text, settings);
  } catch (cause) {
    const reason = `${path} is not readable as settings`;
    throw new AppError(
      "E_SCHEMA",
      { reason, next: "repair it, or move it away: devices must then pair again" },
      { cause },
    );
  }
}

/** Replaces the file in one rename. */
export function writeSettings(path: string, value: Settings): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(fresh, path);
}
