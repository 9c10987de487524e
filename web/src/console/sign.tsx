/** The sign and the wordmark. */
import { SIGN_BANKS } from "../shared/sign.ts";
import { text } from "./text.ts";

export function Brand() {
  const t = text();
  return (
    <span className="brand">
      <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
        <rect x="3" y="4" width="26" height="5" rx="2.5" className="sign-deck" />
        <path d={SIGN_BANKS} className="sign-bank" />
      </svg>
      <b>{t.brand}</b>
      <span>{t.console}</span>
    </span>
  );
}
