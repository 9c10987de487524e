/** The deck, our one ornament: stepper, bars, instalments, the upright timeline. */
import type { ComponentChildren } from "preact";
import { t } from "../text/index.ts";
import { Icon } from "./icon.tsx";

/** A bar whose length says something; the label says it in words. */
export function Bar({ part, label, kind = "" }: { part: number; label?: string; kind?: string }) {
  const width = `${Math.max(0, Math.min(100, part * 100)).toFixed(2)}%`;
  return (
    <div class={`bar ${kind}`} role={label ? "img" : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
      <i style={{ width }} />
    </div>
  );
}

interface StepperProps {
  /** 0-based. */
  at: number;
  /** Where each step leads; undefined is not open yet. */
  links: (string | undefined)[];
  saved?: string | undefined;
}

export function Stepper({ at, links, saved }: StepperProps) {
  const names = t.apply.steps;
  return (
    <nav class="stepper" aria-label={t.apply.title}>
      <div class="decks" aria-hidden="true">
        {names.map((name, n) => (
          <i key={name} class={n < at ? "done" : n === at ? "now" : ""} />
        ))}
      </div>
      <div class="stepper-row">
        <b>{t.apply.step(at + 1, names.length)}</b>
        <ol>
          {names.map((name, n) => (
            <li key={name}>
              {links[n] !== undefined && n !== at ? (
                <a href={`#${links[n]}`}>{name}</a>
              ) : (
                <span aria-current={n === at ? "step" : undefined}>{name}</span>
              )}
            </li>
          ))}
        </ol>
        {saved && (
          <span class="saved">
            <Icon name="check" size={16} />
            {t.apply.saved(saved)}
          </span>
        )}
      </div>
    </nav>
  );
}

/** One deck an instalment. */
export function Instalments({ paid, of, label }: { paid: number; of: number; label: string }) {
  return (
    <div class={of > 24 ? "decks small many" : "decks small"} role="img" aria-label={label}>
      {Array.from({ length: of }, (_, n) => (
        <i key={n} class={n < paid ? "done" : n === paid ? "next" : ""} />
      ))}
    </div>
  );
}

export interface Stop {
  name: string;
  note?: ComponentChildren;
  stamp?: string;
  state: "done" | "now" | "later" | "unknown" | "failed";
}

/** The deck upright: stamped, waiting, not yet. */
export function Timeline({ stops }: { stops: Stop[] }) {
  return (
    <ol class="timeline">
      {stops.map((stop) => (
        <li key={stop.name} class={stop.state} aria-current={stop.state === "now" ? "step" : undefined}>
          <span class="dot" aria-hidden="true" />
          <div>
            <p class="row">
              <b>{stop.name}</b>
              {stop.stamp && <time>{stop.stamp}</time>}
            </p>
            {stop.note && <p class="hint">{stop.note}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}
