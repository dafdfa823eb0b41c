import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { randomBytes, randomId, type SessionId } from "../../schema/index.ts";
import { Retention } from "./retention.ts";
import { createTables } from "./storage.ts";

const SESSIONS = 1000;

test("room is made among many sessions by looking at each once, not once for each that must give something", () =>
  runInDurableObject(env.HUB.get(env.HUB.newUniqueId()), (_, { storage }) => {
    createTables(storage.sql);
    for (let count = 0; count < SESSIONS; count++) {
      const s = randomId<SessionId>();
      storage.sql.exec("INSERT INTO sess VALUES (?, 2, 0, 0, 0)", s);
      for (const q of [1, 2]) storage.sql.exec("INSERT INTO rec VALUES (?, ?, ?)", s, q, randomBytes(300));
    }
    const cursors: { readonly rowsRead: number }[] = [];
    const sql: Pick<SqlStorage, "exec" | "databaseSize"> = {
      databaseSize: 0,
      exec(query, ...values) {
        const cursor = storage.sql.exec<never>(query, ...values);
        cursors.push(cursor);
        return cursor;
      },
    };
    expect(new Retention({ sql, budgetBytes: 1000, usedBytes: () => 1000 }).makeRoom()).toBe(false);
    expect(storage.sql.exec("SELECT * FROM sess WHERE floor = 1").toArray()).toHaveLength(SESSIONS);
    // Linear in the sessions; a scan for each victim would be a million.
    expect(cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThan(30 * SESSIONS);
  }));
