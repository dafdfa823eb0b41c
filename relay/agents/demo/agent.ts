// The demo agent's process. What it consists of is loaded with its compiled code kept, which halves the time it takes: the
// environment of an agent is not ours to put a setting into.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// A folder that cannot be written only leaves it slow.
enableCompileCache(join(import.meta.dirname, "..", "..", "..", ".out", "compile-cache"));
const { runDemoAgent } = await import("./program.ts");
runDemoAgent(process);
