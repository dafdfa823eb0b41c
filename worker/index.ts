// Entry of the Worker: the fetch handler and the Durable Object.
import { createApp } from "./app.ts";
import { now } from "./clock.ts";
import { Registry } from "./db/registry.ts";
import { parseEnv, type Env } from "./env.ts";
import { createHubs } from "./hub/hub-client.ts";

export { Hub } from "./hub/hub-object.ts";

/** The bindings stay the same for as long as this code runs, so the routes are mounted once. */
const apps = new WeakMap<Env, ReturnType<typeof createApp>>();

export default {
  fetch(request, env, ctx): Response | Promise<Response> {
    const app = apps.get(env) ?? createApp(depsOf(env));
    apps.set(env, app);
    return app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;

function depsOf(env: Env) {
  return { config: parseEnv(env), registry: new Registry(env.DB), hubs: createHubs(env.HUB), assets: env.ASSETS, now };
}
