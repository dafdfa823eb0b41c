// A disk of its own for the state folder, which can be full from one moment to the next: a tmpfs whose size is set to what
// it holds. Only root may mount; elsewhere there is none, and the run says so.
import { execFileSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";

/** Above the 1 GB below which new sessions are refused; a tmpfs takes only what it holds. */
const ROOMY = "4g";
/** Full is not quite full: the last pages go to whoever comes first, as on any disk. */
const SLACK_BYTES = 16 * 1024;

export class Disk {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Mounted there; null where that is not permitted. `unmount` it. */
  static mounted(dir: string): Disk | null {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${ROOMY},mode=0700`, "tmpfs", dir], { stdio: "ignore" });
    } catch {
      return null; // not root, or no tmpfs here
    }
    return new Disk(dir);
  }

  fill(): void {
    const { blocks, bfree, bsize } = statfsSync(this.#dir);
    this.#resize(String((blocks - bfree) * bsize + SLACK_BYTES));
  }

  free(): void {
    this.#resize(ROOMY);
  }

  unmount(): void {
    execFileSync("umount", ["-l", this.#dir], { stdio: "ignore" });
  }

  #resize(size: string): void {
    execFileSync("mount", ["-o", `remount,size=${size}`, this.#dir], { stdio: "ignore" });
  }
}
