// Where a request comes from, and which origins are ours.
import { AppError } from "../../schema/index.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** E_ORIGIN when a browser sent this from anywhere but the app. `null` as Origin is a foreign one. */
export function requireOwnOrigin(origin: string | undefined, appOrigin: string): void {
  if (origin !== undefined && origin !== appOrigin) throw new AppError("E_ORIGIN");
}

/**
 * Origins a proof may be addressed to: the app's, and the address this request came to. The latter only where it cannot
 * be invented: on https the host routes the request, on loopback nobody else is reached. Otherwise a Host header of the
 * sender's choice would let a proof made for another server pass here.
 */
export function audiencesOf(requestUrl: string, appOrigin: string): string[] {
  const url = new URL(requestUrl);
  const trusted = url.protocol === "https:" || LOOPBACK.has(url.hostname);
  return trusted && url.origin !== appOrigin ? [appOrigin, url.origin] : [appOrigin];
}
