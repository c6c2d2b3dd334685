/** A file made by the page, saved as one that was downloaded. */

/** Milliseconds after which every browser has begun to read what it saves. */
const READ_MS = 10_000;

export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), READ_MS);
}
