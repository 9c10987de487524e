import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { onChoice } from "./language";
import { split } from "./money";

const ICONS = {
  back: "M15 5l-7 7 7 7", close: "M6 6l12 12M18 6L6 18", check: "M5 12.5l4.5 4.5L19 7.5",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z", card: "M3 6h18v13H3zM3 10h18M7 15h4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0", globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z", file: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2", tag: "M4 4h7l9 9-7 7-9-9zM8 8h.01",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4", people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14a6.5 6.5 0 0 1 3.5 6",
  type: "M2.500 18L7.500 6l5 12M4.300 14h6.400M14.500 18l3.500-8 3.500 8M15.800 15.300h4.400",
} as const;

export function Icon({ name }: { name: keyof typeof ICONS }): JSX.Element {
  return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={ICONS[name]} /></svg>;
}

export function Sign({ size }: { size: number }): JSX.Element {
  return (
    <svg class="sign" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect class="sign-deck" x="3" y="4" width="26" height="5" rx="2.5" />
      <path class="sign-bank" d="M3 12h4.5A6 6 0 0 1 13.5 18V28H8a5 5 0 0 1-5-5Z" />
      <path class="sign-bank" d="M29 12h-4.5a6 6 0 0 0-6 6V28H24a5 5 0 0 0 5-5Z" />
    </svg>
  );
}

/** A figure of money; the sign and the cents step back. */
export function Money({ minor, whole = false }: { minor: number; whole?: boolean }): JSX.Element {
  const parts = split(minor);
  return (
    <span class="figures money">
      {parts.sign}<span class="small">¥</span>{parts.whole}{!whole && <span class="small">.{parts.cents}</span>}
    </span>
  );
}

/** The deck: one line that says how far, 0 to 1. Its width is an attribute, never an inline style. */
export function Deck({ part, quiet = false, label }: { part: number; quiet?: boolean; label?: string }): JSX.Element {
  const width = `${Math.max(0, Math.min(1, part)) * 100}%`;
  return (
    <svg class={quiet ? "deck quiet" : "deck"} {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}>
      <rect width={width} height="100%" rx="2" />
    </svg>
  );
}

export type Tone = "ok" | "info" | "wait" | "warn" | "bad" | "person" | "muted";

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** Draw again when the person changes the language. */
export function useLanguage(): void {
  const [, again] = useState(0);
  useEffect(() => onChoice(() => again((n) => n + 1)), []);
}
