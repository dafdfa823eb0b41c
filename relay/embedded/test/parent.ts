// A stand-in for the relay that can be killed: starts the Worker with the settings on stdin and prints who runs.
import { text } from "node:stream/consumers";
import { parseSettings } from "../settings.ts";
import { startEmbedded } from "../start.ts";

const embedded = await startEmbedded(parseSettings(await text(process.stdin)));
console.log(JSON.stringify({ pid: embedded.pid, workerdPid: embedded.workerdPid(), port: embedded.port }));
