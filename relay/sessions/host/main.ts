// The session host: a process of its own, in a session of its own, that owns one agent's stdio. It reads its task from
// stdin, so that neither task nor environment stands on a command line, and ends with its agent.
import { rmSync } from "node:fs";
import { text } from "node:stream/consumers";
import { createCatalog } from "../../agents/catalog.ts";
import { systemClock } from "../../clock.ts";
import { armFailpoints } from "../../failpoint.ts";
import { EventLog } from "./event-log.ts";
import { HOST_PROTOCOL, type HostConfig } from "./host-protocol.ts";
import { HostServer } from "./host-server.ts";
import { SessionHost } from "./session-host.ts";

// A terminal's Ctrl-C and hang-up are for the relay, which tells the host what to do.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

const { env, pid } = process;
armFailpoints({ env, pid, signal: (signal) => void process.kill(pid, signal) });

const config: HostConfig = JSON.parse(await text(process.stdin));
if (config.v !== HOST_PROTOCOL) throw new TypeError("a relay of another version");
const driver = await createCatalog({ ...config.catalog, now: () => systemClock.now() }).driver(config.agent);
if (driver === undefined) throw new TypeError(`no agent ${config.agent}`);

const log = new EventLog(config.dir);
const host = new SessionHost({ config, driver, log, clock: systemClock });
const server = new HostServer({ ...config, pid, host, log });
process.on("SIGTERM", () => void host.call({ t: "close" }));
await server.listen();
// Timers of the clock keep nothing alive; the listening socket does.
await host.over;
await server.dismissed();
server.close();
log.close();
rmSync(config.socket, { force: true });
process.exit();
