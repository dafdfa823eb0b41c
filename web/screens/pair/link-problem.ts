/** Why a pasted text is no pairing link for this app, in words with a next step; null when it may be one. */
export function linkProblem(text: string, origin: string): string | null {
  const isFragment = /^#?1\.[\w-]+\.[\w-]+$/u.test(text.trim());
  if (isFragment) return null;
  if (!URL.canParse(text.trim())) return "This is no pairing link. Copy the whole line that the machine prints.";
  const url = new URL(text.trim());
  if (url.pathname !== "/pair" || !/^#1\.[\w-]+\.[\w-]+$/u.test(url.hash)) {
    return "This is no pairing link. It looks like https://…/pair#1.…";
  }
  // Keys belong to the origin: a machine behind another address is paired there.
  return url.origin === origin ? null : `This link belongs to ${url.origin}. Open it there.`;
}
