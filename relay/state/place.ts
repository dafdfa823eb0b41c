// Where a state folder lies: a copy put elsewhere, or put back from a backup, lies in another folder or on another machine.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { hostname, platform } from "node:os";

/** What names a folder on a machine. A folder that was only renamed keeps it. */
export interface Place {
  /** Number of the device that holds it, and its inode there. */
  readonly device: string;
  readonly inode: string;
  /** The operating system's own id. */
  readonly host: string;
}

/** systemd's, and D-Bus's where there is no systemd (machine-id(5)). */
const ID_FILES = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
/** Both answer in a few milliseconds. */
const ID_WITHIN_MS = 2_000;

/** The place of a folder that exists. */
export function placeOf(folder: string): Place {
  const { dev, ino } = statSync(folder, { bigint: true });
  return { device: String(dev), inode: String(ino), host: hostId() };
}

/** True for one and the same folder. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.device === b.device && a.inode === b.inode && a.host === b.host;
}

function hostId(): string {
  const file = ID_FILES.find((path) => existsSync(path));
  if (file !== undefined) return readFileSync(file, "utf8").trim();
  // Without an id of its own, a machine's name is the next best thing.
  return fromCommand() ?? hostname();
}

function fromCommand(): string | null {
  if (platform() === "darwin")
    return said("/usr/sbin/ioreg", ["-rd1", "-c", "IOPlatformExpertDevice"], /"IOPlatformUUID" = "([^"]+)"/);
  if (platform() !== "win32") return null;
  return said(
    "reg",
    ["query", String.raw`HKLM\SOFTWARE\Microsoft\Cryptography`, "/v", "MachineGuid"],
    /REG_SZ\s+(\S+)/,
  );
}

function said(command: string, args: readonly string[], pattern: RegExp): string | null {
  try {
    const text = execFileSync(command, args, {
      encoding: "utf8",
      timeout: ID_WITHIN_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return pattern.exec(text)?.[1] ?? null;
  } catch (error) {
    if (error instanceof Error) return null; // not there, or silent: the caller has another name for the machine
    throw error;
  }
}
