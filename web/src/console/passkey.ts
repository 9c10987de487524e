/** A passkey of this device: to sign in, or to show anew who one is. */
import type { Http } from "../shared/http.ts";

interface Options {
  options: Record<string, unknown>;
}

/** Browsers have them in a secure context only; older ones cannot read our options. */
export function hasPasskeys(): boolean {
  return isSecureContext && typeof PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
}

/** Asks the device and sends its answer; rejects when the person or the platform says no. */
export async function askPasskey<T>(http: Http, path: string): Promise<T> {
  const { options } = await http.json<Options>(`${path}-options`, { method: "POST" });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const found = await navigator.credentials.get({ publicKey });
  if (!(found instanceof PublicKeyCredential)) throw new Error("no passkey");
  const said = found.response as AuthenticatorAssertionResponse;
  return http.json<T>(path, {
    method: "POST",
    body: {
      id: found.id,
      client_data: base64url(said.clientDataJSON),
      authenticator_data: base64url(said.authenticatorData),
      signature: base64url(said.signature),
      user_handle: said.userHandle && base64url(said.userHandle),
    },
  });
}

function base64url(raw: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(raw)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
