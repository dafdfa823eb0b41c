// Appends a burst to a journal until it is killed; prints every append that resolved. Arguments: folder, session.
import { setTimeout as delay } from "node:timers/promises";
import { sessionId } from "../../../schema/index.ts";
import { systemClock } from "../../clock.ts";
import { openJournal } from "./journal.ts";

const [folder = "", word = ""] = process.argv.slice(2);
const session = sessionId.parse(word);
const { log } = await openJournal(folder, systemClock);
log.begin(session);
log.admit(session);
for (let n = 0; ; n++) {
  void log.append(session, { k: "note", code: "n", text: `${process.pid}:${n}` }).then(({ seq }) => {
    process.stdout.write(`${process.pid}:${n} ${seq}\n`);
  });
  if (n % 50 === 49) await delay(1);
}
