// Whether a port is free, and whose it is when it is not.
import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { promisify } from "node:util";

/** The port itself when it can be listened on, a free one for 0, undefined when it is taken. Other errors throw. */
export async function takePort(host: string, port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, () => {
        const address = server.address();
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error(`no port for ${host}`));
      });
    });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  } finally {
    server.close();
  }
}

/** Who listens on the port, in words ("node (process 123)"); undefined when the system does not tell us. */
export async function findHolder(port: number): Promise<string | undefined> {
  try {
    return process.platform === "linux" ? await findByProc(port) : await findByLsof(port);
  } catch {
    // Another user's process, or no such tool: the port is taken all the same.
    return undefined;
  }
}

async function findByProc(port: number): Promise<string | undefined> {
  const inodes = new Set([
    ...listeningInodes(await readFile("/proc/net/tcp", "utf8"), port),
    ...listeningInodes(await readFile("/proc/net/tcp6", "utf8").catch(() => ""), port),
  ]);
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // Processes of other users, and those that end meanwhile, cannot be looked into.
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const link = await readlink(`/proc/${pid}/fd/${file}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const name = (await readFile(`/proc/${pid}/comm`, "utf8")).trim();
      return `${name} (process ${pid})`;
    }
  }
  return undefined;
}

// Columns of proc_net_tcp(5): number, local address:port in hex, remote, state (0A is LISTEN), ..., inode as the tenth.
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([, local, , state, , , , , , inode]) =>
    local?.endsWith(suffix) === true && state === "0A" && inode !== undefined ? [inode] : [],
  );
}

async function findByLsof(port: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : `${name ?? "a program"} (process ${pid})`;
}
