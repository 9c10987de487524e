/** Opens the agreement: the address needs a token, so the bytes are fetched and shown from here. */
import * as api from "./api.ts";

const KEEP_MS = 60_000;

export async function openFile(agreement: string): Promise<void> {
  const bytes = await api.agreementFile(agreement);
  save(new Blob([bytes], { type: "application/pdf" }), `${agreement}.pdf`, true);
}

export function save(content: Blob, name: string, isShown = false): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  if (isShown) link.target = "_blank";
  else link.download = name;
  link.rel = "noreferrer";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}
