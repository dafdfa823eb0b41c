// One thread of the long run: does the stretches it is told, and says in shared memory which input it is at, so that the
// other side can name an input that never comes back.
import { parentPort, workerData } from "node:worker_threads";
import { targetNamed } from "./all-targets.ts";
import { runStretch } from "./campaign.ts";
import type { ThreadData, ThreadTask } from "./crew.ts";

const port = parentPort;
if (port === null) throw new TypeError("this is a thread's file");
const { progress }: ThreadData = workerData;
const at = new Float64Array(progress);

port.on("message", ({ target: name, seed, from, to }: ThreadTask) => {
  const target = targetNamed(name);
  if (target === undefined) throw new TypeError(`no target ${name}`);
  const onInput = (index: number): void => {
    at[0] = index;
  };
  runStretch(target, { seed, from, to, onInput }).then(
    (campaign) => port.postMessage(campaign),
    (error: unknown) => {
      // A defect of the fuzz itself: it ends the thread, and the run with it.
      setImmediate(() => {
        throw error;
      });
    },
  );
});
