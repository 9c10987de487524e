import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem } from "../shared/api";
import { choose, english } from "../shared/language";
import { Icon, Sign } from "../shared/parts";
import { change, onChange, theCase, type Case } from "./case";
import { go } from "./route";
import { say, type Word } from "./words";

export function useCase(): Case {
  const [, again] = useState(0);
  useEffect(() => onChange(() => again((n) => n + 1)), []);
  return theCase();
}

export const update = change;

/** Load something; a new load of the same kind keeps the old content on the page. */
export function useLoad<T>(load: () => Promise<T>, on: readonly unknown[]): { value: T | null; error: unknown; again: () => void } {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let live = true;
    load().then(
      (loaded) => live && (setValue(loaded), setError(null)),
      (cause: unknown) => live && setError(cause),
    );
    return () => {
      live = false;
    };
  }, [...on, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { value, error, again };
}

/** Run one act at a time; its fault stays on the page until the next try. */
export function useAct(): { busy: boolean; error: unknown; run: (act: () => Promise<void>) => void; fail: (e: unknown) => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const going = useRef(false);
  const run = (act: () => Promise<void>): void => {
    if (going.current) return;
    going.current = true;
    setBusy(true);
    setError(null);
    act()
      .catch(setError)
      .finally(() => {
        going.current = false;
        setBusy(false);
      });
  };
  return { busy, error, run, fail: setError };
}

export function Bar(props: { title?: string; back?: () => void; close?: () => void }): JSX.Element {
  useEffect(() => {
    document.title = props.title ? `${props.title} · ${say("brand")}` : say("brand");
  });
  return (
    <header class="bar">
      {props.back && <button type="button" class="bar-icon" aria-label={say("back")} onClick={props.back}><Icon name="back" /></button>}
      {props.close && <button type="button" class="bar-icon" aria-label={say("close")} onClick={props.close}><Icon name="close" /></button>}
      {!props.title && <span class={english() ? "mark" : "mark zh"}><Sign size={28} />{say("brand")}</span>}
      {props.title && <p class="bar-title">{props.title}</p>}
      <Settings isWide={!props.title} />
    </header>
  );
}

const KEPT = "tongtu.type";
if (localStorage.getItem(KEPT) === "large") document.documentElement.dataset["type"] = "large";

function Settings({ isWide }: { isWide: boolean }): JSX.Element {
  const root = document.documentElement;
  const enlarge = (): void => {
    const isLarge = root.dataset["type"] === "large";
    if (isLarge) delete root.dataset["type"];
    else root.dataset["type"] = "large";
    localStorage.setItem(KEPT, isLarge ? "" : "large");
  };
  return (
    <div class="settings">
      {isWide && <button type="button" class="quiet" onClick={enlarge}><Icon name="type" />{say("large_type")}</button>}
      <button type="button" class="quiet" lang={english() ? "zh-CN" : "en"} onClick={() => choose(english() ? "zh" : "en")}>
        <Icon name="globe" />{say("other_language")}
      </button>
    </div>
  );
}

export function Tabs({ on }: { on: "home" | "loans" | "me" }): JSX.Element {
  const tab = (name: typeof on, icon: "home" | "card" | "person", word: Word, to: string): JSX.Element => (
    <a href={to} class="tab" {...(name === on ? { "aria-current": "page" } : {})}><Icon name={icon} />{say(word)}</a>
  );
  return (
    <nav class="tabs" aria-label={say("tabs")}>
      {tab("home", "home", "tab_home", "#/")}
      {tab("loans", "card", "tab_loans", "#/loans")}
      {tab("me", "person", "tab_me", "#/me")}
    </nav>
  );
}

interface ButtonProps {
  children: ComponentChildren; busy?: boolean; disabled?: boolean; kind?: "primary" | "outline" | "text";
  submit?: boolean; onClick?: () => void;
}

export function Button({ children, busy, disabled, kind = "primary", submit, onClick }: ButtonProps): JSX.Element {
  // aria-disabled keeps the button in the tab order, so that it can say why.
  return (
    <button type={submit ? "submit" : "button"} class={`button ${kind}`} aria-disabled={disabled || busy ? "true" : undefined}
      onClick={(event) => {
        if (disabled || busy) event.preventDefault();
        else onClick?.();
      }}>
      {busy && <span class="spinner" aria-hidden="true" />}{children}
    </button>
  );
}

export function Trouble({ error, retry, word = "no_money_moved" }: { error: unknown; retry?: () => void; word?: Word }): JSX.Element | null {
  if (!error) return null;
  const problem = error instanceof Problem ? error : null;
  const text = !problem ? say("trouble_500") : problem.code === "offline" ? say("offline")
    : problem.status === 503 ? say("trouble_503") : problem.status >= 500 ? say("trouble_500") : problem.detail;
  return (
    <div class="alert bad" role="alert">
      <p><strong>{say("trouble")}</strong> {text} {say(word)}</p>
      {problem?.requestId && <p class="mono">{say("request_id", { id: problem.requestId })}</p>}
      {retry && <button type="button" class="link" onClick={retry}>{say("retry")}</button>}
    </div>
  );
}

interface FieldProps {
  label: string; value: string; hint?: string; error?: string | undefined; unit?: string; isMoney?: boolean; note?: string;
  inputMode?: "numeric" | "decimal" | "text" | "tel"; autoComplete?: string; maxLength?: number;
  onInput: (value: string) => void; onLeave?: () => void;
}

export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const said = props.error ?? props.hint;
  return (
    <div class={props.error ? "field wrong" : "field"}>
      <div class="field-head"><label for={id}>{props.label}</label>{props.note && <span>{props.note}</span>}</div>
      <div class="box">
        {props.isMoney && <span class="before" aria-hidden="true">¥</span>}
        <input id={id} value={props.value} inputMode={props.inputMode ?? "text"} autoComplete={(props.autoComplete ?? "off") as "off"}
          {...(props.maxLength ? { maxLength: props.maxLength } : {})}
          aria-invalid={props.error ? "true" : undefined} aria-describedby={said ? `${id}-said` : undefined}
          onInput={(event) => props.onInput(event.currentTarget.value)} onBlur={props.onLeave} />
        {props.unit && <span class="after">{props.unit}</span>}
      </div>
      {said && <p id={`${id}-said`} class="hint">{said}</p>}
    </div>
  );
}

export interface Choice { value: string; text: string }

export function Chips(props: { legend: string; name: string; value: string; choices: Choice[]; error?: string | undefined; hint?: string; onChoose: (value: string) => void }): JSX.Element {
  return (
    <fieldset class={props.error ? "field wrong" : "field"}>
      <legend>{props.legend}</legend>
      <div class="chips">
        {props.choices.map((choice) => (
          <label class="chip" key={choice.value}>
            <input type="radio" name={props.name} value={choice.value} checked={props.value === choice.value} onChange={() => props.onChoose(choice.value)} />
            <span>{choice.text}</span>
          </label>
        ))}
      </div>
      {(props.error ?? props.hint) && <p class="hint">{props.error ?? props.hint}</p>}
    </fieldset>
  );
}

export function Tick(props: { checked: boolean; title: string; text?: string; mark?: string; error?: string | undefined; onChange: (on: boolean) => void }): JSX.Element {
  const id = useId();
  return (
    <div class={props.error ? "tick wrong" : "tick"}>
      <input type="checkbox" id={id} checked={props.checked} aria-describedby={props.text ? `${id}-text` : undefined}
        onChange={(event) => props.onChange(event.currentTarget.checked)} />
      <div>
        <label for={id}>{props.title}{props.mark && <span class="mark-required">{props.mark}</span>}</label>
        {props.text && <p id={`${id}-text`}>{props.text}</p>}
        {props.error && <p class="hint">{props.error}</p>}
      </div>
    </div>
  );
}

export function Stepper({ at }: { at: 1 | 2 | 3 | 4 }): JSX.Element {
  const steps: [Word, string][] = [["step_identity", "identity"], ["step_income", "income"], ["step_consents", "consents"], ["step_review", "review"]];
  return (
    <div class="stepper">
      <div class="decks" aria-hidden="true">{steps.map((_, n) => <i class={n + 1 < at ? "done" : n + 1 === at ? "now" : ""} key={n} />)}</div>
      <p>
        <strong>{say("step_of", { n: at })}</strong>
        <span>{steps.map(([word, to], n) => (
          <span key={to}>{n > 0 && " · "}{n + 1 < at ? <a href={`#/${to}`}>{say(word)}</a> : n + 1 === at ? <b aria-current="step">{say(word)}</b> : say(word)}</span>
        ))}</span>
      </p>
    </div>
  );
}

export function Foot({ children }: { children: ComponentChildren }): JSX.Element {
  return <div class="foot"><div>{children}</div></div>;
}

export const home = (): void => go();
