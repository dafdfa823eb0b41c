// Mounts the routes and turns refusals into answers. Testable with app.request.
import { Hono } from "hono";
import { AppError, ERRORS, isAppError, ROUTES } from "../schema/index.ts";
import type { AppDeps, AppEnv } from "./app-parts.ts";
import { createNonces } from "./auth/nonce.ts";
import { createTokens } from "./auth/token.ts";
import { withStrictHeaders } from "./headers.ts";
import { serveAsset } from "./routes/assets.ts";
import { postClaim } from "./routes/claim.ts";
import { postEnrol, postEnrolTicket } from "./routes/enrol.ts";
import { deleteMachine } from "./routes/machines.ts";
import { postPair } from "./routes/pair.ts";
import { getSocket } from "./routes/socket.ts";
import { postNonce, postToken } from "./routes/tokens.ts";

/** The Worker's HTTP side. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const { config } = deps;
  const parts =
    config === null
      ? null
      : {
          ...deps,
          config,
          nonces: createNonces({ tokenKey: config.tokenKey, now: deps.now }),
          tokens: createTokens({ tokenKey: config.tokenKey, appOrigin: config.appOrigin, now: deps.now }),
        };

  app.use(async function strictHeaders(c, next) {
    await next();
    // An upgrade's answer carries a socket, which a copy of the response would lose.
    if (c.res.status !== 101) c.res = withStrictHeaders(c.res, c.req.url);
  });
  app.use("/v1/*", async function requireSetUp(c, next) {
    if (parts === null) throw new AppError("E_UNCLAIMED");
    c.set("parts", parts);
    await next();
  });

  app.post(ROUTES.claim, postClaim);
  app.post(ROUTES.enrolTicket, postEnrolTicket);
  app.post(ROUTES.enrol, postEnrol);
  app.post(ROUTES.nonce, postNonce);
  app.post(ROUTES.token, postToken);
  app.post(ROUTES.pair(":m"), postPair);
  app.get(ROUTES.socket(":m"), getSocket);
  app.delete(ROUTES.machine(":m"), deleteMachine);
  app.all("/v1/*", () => {
    throw new AppError("E_NOT_FOUND");
  });
  app.all("*", (c) => serveAsset(deps.assets, c.req.raw));
  app.onError(answerError);
  return app;
}

function answerError(error: Error): Response {
  if (!isAppError(error)) {
    // A defect: its kind and place for whoever runs the Worker, nothing of it for the caller.
    console.error({ event: "defect", name: error.name, stack: error.stack });
    return Response.json({ code: "E_INTERNAL" }, { status: ERRORS.E_INTERNAL.status });
  }
  const { retryMs } = error.data;
  return Response.json({ code: error.code, retryMs }, { status: ERRORS[error.code].status });
}
