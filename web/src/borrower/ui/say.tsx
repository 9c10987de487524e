/** What the page says to the reader: alerts, problems, toasts, live regions, empty states. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { currentLang } from "../../shared/lang.ts";
import type { Problem } from "../../shared/problem.ts";
import { t } from "../text/index.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Button, Sign } from "./parts.tsx";

export function Note({ icon = "info", kind = "plain", children }: NoteProps) {
  return (
    <p class={`note ${kind}`}>
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}

interface NoteProps {
  icon?: IconName;
  kind?: "plain" | "good" | "bad" | "well";
  children: ComponentChildren;
}

/** What happened, what did not happen to the money, the request id, a way on. It stays. */
export function ProblemNote({ problem, retry }: { problem: Problem | undefined; retry?: () => void }) {
  if (!problem) return null;
  const known = t.problems[problem.code];
  return (
    <div class="alert" role="alert">
      <Icon name="warn" />
      <div>
        <p>{known ?? t.problemOther}</p>
        {!known && problem.detail && <p lang="en">{sentence(problem.detail)}</p>}
        {problem.requestId && <p class="id">{t.reference(problem.requestId)}</p>}
        {retry && (
          <Button kind="text" onClick={retry}>
            {t.retry}
          </Button>
        )}
      </div>
    </div>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function Empty({ title, note, children }: { title: string; note: string; children?: ComponentChildren }) {
  return (
    <div class="card empty">
      <Sign size={40} one />
      <h2>{title}</h2>
      <p>{note}</p>
      {children}
    </div>
  );
}

let tell: ((text: string) => void) | undefined;

/** Says that something is done: five seconds, one at a time. */
export function toast(text: string): void {
  tell?.(text);
}

export function Toasts() {
  const [text, setText] = useState("");
  tell = setText;
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => setText(""), 5_000);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {text && (
        <p class="toast" lang={currentLang()}>
          <Icon name="check" />
          {text}
        </p>
      )}
    </div>
  );
}

/** Spoken by a screen reader when the text changes; never seen. */
export function Live({ children }: { children: ComponentChildren }) {
  return (
    <p class="sr" role="status" aria-live="polite">
      {children}
    </p>
  );
}
