/** SHA-256 by the browser itself; undefined where the address is not secure enough to have it. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const digest = await crypto.subtle?.digest("SHA-256", bytes);
  return digest && hex(new Uint8Array(digest));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
