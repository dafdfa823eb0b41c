// The built web app, one page for every address.
import { AppError } from "../../schema/index.ts";
import { cachePolicy } from "../headers.ts";

/** A file of the web app; its page for any other address. E_NOT_FOUND for a missing file under /assets/. */
export async function serveAsset(
  assets: { fetch(request: Request): Promise<Response> },
  request: Request,
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") throw new AppError("E_NOT_FOUND");
  const found = await assets.fetch(request);
  const { pathname } = new URL(request.url);
  const isPage = found.headers.get("Content-Type")?.startsWith("text/html") === true;
  // After an update an old page asks for files that are gone: an HTML page in their place would only confuse it.
  if (isPage && pathname.startsWith("/assets/")) throw new AppError("E_NOT_FOUND");
  const response = new Response(found.body, found);
  response.headers.set("Cache-Control", isPage ? "no-cache" : cachePolicy(pathname));
  if (response.status === 200 && COMPRESSIBLE.test(found.headers.get("Content-Type") ?? "")) {
    response.headers.append("Vary", "Accept-Encoding");
    const coding = codingFor(request.headers.get("Accept-Encoding") ?? "");
    if (coding !== null) response.headers.set("Content-Encoding", coding);
  }
  return response;
}

/** The first load is nearly all of this. The runtime compresses a body by its Content-Encoding, on every platform. */
const COMPRESSIBLE = /^(?:text\/|application\/(?:json|javascript|manifest\+json)|image\/svg\+xml)/;

function codingFor(accepted: string): "br" | "gzip" | null {
  return (["br", "gzip"] as const).find((coding) => new RegExp(`\\b${coding}\\b`).test(accepted)) ?? null;
}
