// Saving text as a file of the person's own. Nothing leaves the browser.

/** A browser that has not taken the bytes by now asks for them no more. */
const KEPT_MS = 60_000;

/** Offers `text` as a file of that name. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
