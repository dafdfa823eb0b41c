// The floor of a relay's start: node, an empty database, one request to the Worker. Prints its pid, then waits.
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(":memory:");
database.exec("CREATE TABLE empty (n INTEGER)");
await fetch(`${process.argv[2] ?? ""}/v1/auth/nonce`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: "{}",
});
console.log(JSON.stringify({ pid: process.pid }));
process.stdin.resume();
setInterval(() => undefined, 60_000);
