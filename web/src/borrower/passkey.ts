/** A passkey on this device: made while signed in, used to sign in. The key never leaves the device. */
import { http } from "./session.ts";
import type { SignedIn } from "../shared/types.ts";

/** Browsers have them in a secure context only; older ones cannot read our options. */
export function hasPasskeys(): boolean {
  return isSecureContext && typeof PublicKeyCredential?.parseCreationOptionsFromJSON === "function";
}

interface Options {
  options: Record<string, unknown>;
}

export async function addPasskey(label: string, key: string): Promise<void> {
  const { options } = await http.json<Options>("/v1/me/passkey-options", { method: "POST" });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const made = await navigator.credentials.create({ publicKey });
  if (!(made instanceof PublicKeyCredential)) throw new Error("no passkey");
  const said = made.response as AuthenticatorAttestationResponse;
  const body = {
    id: made.id,
    client_data: base64url(said.clientDataJSON),
    attestation: base64url(said.attestationObject),
    label,
  };
  await http.json("/v1/me/passkeys", { method: "POST", body, key });
}

export async function signInByPasskey(): Promise<SignedIn> {
  const { options } = await http.json<Options>("/v1/sign-in/passkey-options", { method: "POST" });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const found = await navigator.credentials.get({ publicKey });
  if (!(found instanceof PublicKeyCredential)) throw new Error("no passkey");
  const said = found.response as AuthenticatorAssertionResponse;
  return http.json<SignedIn>("/v1/sign-in/passkey", {
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
