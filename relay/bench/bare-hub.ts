// A Durable Object that stores each message and sends it to every viewer, and nothing else: the floor of a fan-out.

/** Text of the Worker's module; the same bindings as the real one. */
export const BARE_HUB = `
import { DurableObject } from "cloudflare:workers";
export class Hub extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS rec (q INTEGER PRIMARY KEY, frame BLOB NOT NULL)");
  }
  fetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [new URL(request.url).pathname]);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, line) {
    this.ctx.storage.sql.exec("INSERT INTO rec (frame) VALUES (?)", line);
    for (const viewer of this.ctx.getWebSockets("/viewer")) viewer.send(line);
  }
}
export default {
  fetch: (request, env) => env.HUB.get(env.HUB.idFromName("bare")).fetch(request),
};
`;
