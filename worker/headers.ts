// Headers of every answer (protocol section 4). No CORS header is ever sent: nothing here is for another origin.

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // The terminal renderer writes style elements.
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types kelpie",
].join("; ");

const STRICT = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Permissions-Policy": "camera=(self)",
} as const;

/** Two years: the least that browsers' preload lists ask for. */
const HSTS = "max-age=63072000; includeSubDomains";

/** The same answer with the strict headers; nothing of the API is ever cached; HSTS only where the request itself was https (browsers ignore it elsewhere). */
export function withStrictHeaders(response: Response, requestUrl: string): Response {
  const strict = new Response(response.body, response);
  for (const [name, value] of Object.entries(STRICT)) strict.headers.set(name, value);
  const { pathname, protocol } = new URL(requestUrl);
  if (pathname.startsWith("/v1/")) strict.headers.set("Cache-Control", "no-store");
  if (protocol === "https:") strict.headers.set("Strict-Transport-Security", HSTS);
  return strict;
}

/** Names with a content hash, as the bundler writes them: they never change under one name. */
const HASHED = /^\/assets\/[^/]+-[\w-]{8,}\.\w+$/;

/** How long a file of the web app may be kept: for good under a hashed name, else only with a check each time. */
export function cachePolicy(path: string): string {
  return HASHED.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
}
