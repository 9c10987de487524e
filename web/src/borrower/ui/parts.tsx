/** The smallest parts: sign, badge, money, button, link. */
import type { ComponentChildren } from "preact";
import { moneyParts } from "../../shared/format.ts";
import { SIGN_BANKS } from "../../shared/sign.ts";
import { t } from "../text/index.ts";
import { useId } from "../use.ts";

export function Sign({ size = 28, one = false }: { size?: number; one?: boolean }) {
  return (
    <svg class={one ? "sign sign-one" : "sign"} width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect x="3" y="4" width="26" height="5" rx="2.5" class="sign-deck" />
      <path d={SIGN_BANKS} class="sign-bank" />
    </svg>
  );
}

export type Status = "ok" | "info" | "wait" | "warn" | "bad" | "person" | "muted";

/** A word, a colour and a shape. */
export function Badge({ kind, children }: { kind: Status; children: ComponentChildren }) {
  return (
    <span class={`badge ${kind}`}>
      <i class="mark" aria-hidden="true" />
      {children}
    </span>
  );
}

/** A figure exact to the cent; the mark and the decimals stand back. */
export function Money({ minor, size = "m" }: { minor: number; size?: "s" | "m" | "l" | "xl" }) {
  const [sign, major, rest] = moneyParts(minor);
  return (
    <span class={`money ${size}`}>
      {sign}
      <small>¥</small>
      {major}
      <small>.{rest}</small>
    </span>
  );
}

interface ButtonProps {
  kind?: "primary" | "secondary" | "text" | "danger";
  /** The verb shown while it works; the button keeps its place. */
  busy?: string | false | undefined;
  /** Why it cannot be pressed; said on focus. */
  off?: string | false | undefined;
  onClick?: (() => void) | undefined;
  type?: "button" | "submit";
  label?: string;
  children: ComponentChildren;
}

export function Button({ kind = "primary", busy, off, onClick, type = "button", label, children }: ButtonProps) {
  const id = useId();
  return (
    <>
      <button
        type={type}
        class={`button ${kind}`}
        aria-disabled={off || busy ? "true" : undefined}
        aria-describedby={off ? id : undefined}
        aria-label={label}
        onClick={(event) => {
          if (off || busy) event.preventDefault();
          else onClick?.();
        }}
      >
        {busy ? (
          <>
            <span class="spinner" aria-hidden="true" />
            {busy}
          </>
        ) : (
          children
        )}
      </button>
      {off && (
        <span id={id} class="sr">
          {off}
        </span>
      )}
    </>
  );
}

export function Skeleton({ lines = 4, tall = false }: { lines?: number; tall?: boolean }) {
  return (
    <div class={tall ? "card skeleton tall" : "card skeleton"} role="status">
      <span class="sr">{t.loading}</span>
      {Array.from({ length: lines }, (_, n) => (
        <i key={n} class={`line w${n % 4}`} />
      ))}
    </div>
  );
}
