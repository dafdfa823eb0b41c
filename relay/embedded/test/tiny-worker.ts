// A Worker with the real one's bindings and nothing else, so that these tests prove the process and not the product.

/** Counts visits per object, runs SQL on D1 for tests, answers its settings, and serves the assets. */
export const TINY_WORKER = `
export class Hub {
  constructor(ctx) { this.sql = ctx.storage.sql; }
  async fetch() {
    this.sql.exec("CREATE TABLE IF NOT EXISTS visit (n INTEGER)");
    this.sql.exec("INSERT INTO visit VALUES (1)");
    return new Response(String(this.sql.exec("SELECT count(*) AS n FROM visit").one().n));
  }
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/visit") return env.HUB.get(env.HUB.idFromName("one")).fetch(request);
    if (pathname === "/settings") return Response.json({ origin: env.APP_ORIGIN, key: env.TOKEN_KEY, claim: env.CLAIM_HASH ?? null });
    if (pathname === "/log") { console.log("a line of log"); return new Response("ok"); }
    if (pathname === "/future") {
      await env.DB.prepare("INSERT INTO d1_migrations (name) VALUES ('9999_future.sql')").run();
      return new Response("ok");
    }
    return env.ASSETS.fetch(request);
  },
};
`;
