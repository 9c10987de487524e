/** Controls with label above, hint below, and an error that takes the hint's place. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { moneyRound, parseMoney } from "../../shared/format.ts";
import { useId } from "../use.ts";
import { Icon } from "./icon.tsx";

interface FrameProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  aside?: ComponentChildren;
}

interface TextProps extends FrameProps {
  value: string;
  onInput(value: string): void;
  onLeave?(): void;
  prefix?: string;
  unit?: string;
  /** What the browser may fill in. */
  fill?: string;
  keys?: "text" | "numeric" | "decimal" | "tel";
  max?: number;
  readOnly?: boolean;
}

export function TextField(p: TextProps) {
  const id = useId();
  return (
    <div class={p.error ? "field bad" : "field"}>
      <div class="label-row">
        <label for={id}>{p.label}</label>
        {p.aside}
      </div>
      <div class={p.readOnly ? "input read" : "input"}>
        {p.prefix && <span aria-hidden="true">{p.prefix}</span>}
        <input
          id={id}
          value={p.value}
          inputMode={p.keys ?? "text"}
          autocomplete={p.fill ?? "off"}
          maxLength={p.max ?? 32}
          readOnly={p.readOnly}
          aria-invalid={p.error ? "true" : undefined}
          aria-describedby={p.hint || p.error ? `${id}h` : undefined}
          onInput={(event) => p.onInput(event.currentTarget.value)}
          onBlur={() => p.onLeave?.()}
        />
        {p.unit && <span aria-hidden="true">{p.unit}</span>}
        {p.error && <Icon name="warn" />}
      </div>
      <Hint id={`${id}h`} hint={p.hint} error={p.error} />
    </div>
  );
}

function Hint({ id, hint, error }: { id: string; hint?: string | undefined; error?: string | undefined }) {
  if (!hint && !error) return null;
  return (
    <p id={id} class={error ? "error" : "hint"}>
      {error ?? hint}
    </p>
  );
}

interface MoneyProps extends FrameProps {
  /** null: left empty; undefined: not answered or not a sum. */
  value: number | null | undefined;
  onChange(value: number | null | undefined): void;
  onLeave?(): void;
  unit?: string;
}

/** Yuan as people type them; separators come on leaving. */
export function MoneyField(p: MoneyProps) {
  const written = typeof p.value === "number" ? moneyRound(p.value).slice(1) : "";
  const [typed, setTyped] = useState({ text: written, value: p.value });
  // A value that was not typed here is written out; what was typed stands as it was typed.
  const text = typed.value === p.value ? typed.text : written;
  return (
    <TextField
      {...p}
      prefix="¥"
      keys="decimal"
      max={14}
      value={text}
      onInput={(now) => {
        const value = parseMoney(now);
        setTyped({ text: now, value });
        p.onChange(value);
      }}
      onLeave={() => {
        if (typeof p.value === "number") setTyped({ text: written, value: p.value });
        p.onLeave?.();
      }}
    />
  );
}

interface ChoiceProps extends FrameProps {
  options: [value: string, label: string][];
  value: string | undefined;
  onChange(value: string): void;
  look?: "chips" | "segments";
}

export function Choice({ label, hint, error, options, value, onChange, look = "chips", aside }: ChoiceProps) {
  const id = useId();
  return (
    <fieldset class={error ? "field bad" : "field"} aria-describedby={hint || error ? `${id}h` : undefined}>
      <legend class={look === "segments" ? "sr" : "legend"}>
        {label}
        {aside}
      </legend>
      <div class={look}>
        {options.map(([option, text]) => (
          <label key={option}>
            <input
              type="radio"
              class="sr"
              name={id}
              value={option}
              checked={option === value}
              onChange={() => onChange(option)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
      <Hint id={`${id}h`} hint={hint} error={error} />
    </fieldset>
  );
}

interface CheckProps {
  checked: boolean;
  onChange(checked: boolean): void;
  children: ComponentChildren;
  note?: ComponentChildren;
  aside?: ComponentChildren;
  error?: string | undefined;
}

/** A box to tick; never ticked beforehand. */
export function Check({ checked, onChange, children, note, aside, error }: CheckProps) {
  const id = useId();
  return (
    <div class={error ? "check bad" : "check"}>
      <input
        type="checkbox"
        id={id}
        checked={checked}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={note || error ? `${id}h` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{children}</label>
        <p id={`${id}h`} class={error ? "error" : "hint"}>
          {error ?? note}
        </p>
      </div>
      {aside}
    </div>
  );
}

/** Shows more in place. */
export function Fold({ open, closed, shown, children }: FoldProps) {
  const [isOpen, setOpen] = useState(shown ?? false);
  return (
    <>
      <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? open : closed}
      </button>
      {isOpen && children}
    </>
  );
}

interface FoldProps {
  open: string;
  closed: string;
  shown?: boolean;
  children: ComponentChildren;
}
