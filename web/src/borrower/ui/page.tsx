/** The frame of a page: header, one h1, main, and one sticky footer or the tab bar, never both. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { time } from "../../shared/format.ts";
import { currentLang } from "../../shared/lang.ts";
import { display, setDisplay } from "../display.ts";
import { back, hasMoved } from "../router.ts";
import { seenAt } from "../session.ts";
import { speak, t } from "../text/index.ts";
import { useOnline } from "../use.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Sign } from "./parts.tsx";

interface PageProps {
  title: string;
  /** Where Back leads when there is no page to go back to. */
  backTo?: string;
  closeTo?: string;
  tab?: "home" | "loans" | "me";
  /** The h1 of a tab's page stands in its header. */
  heading?: string;
  footer?: ComponentChildren;
  hero?: boolean;
  /** When the content shown offline was read. */
  at?: string;
  children: ComponentChildren;
}

export function Page({ title, backTo, closeTo, tab, heading, footer, hero, at, children }: PageProps) {
  const isOnline = useOnline();
  useEffect(() => {
    document.title = `${title} · ${t.brand}`;
  }, [title]);
  const home = tab === "home";
  return (
    <div class={`page${tab ? " has-tabs" : ""}${footer ? " has-footer" : ""}${hero ? " hero" : ""}`}>
      <a class="skip" href="#main" onClick={toMain}>
        {t.skip}
      </a>
      {!isOnline && <p class="offline" role="status">{t.offline(seenAt ? time(seenAt).slice(0, 5) : (at ?? ""))}</p>}
      <header class="top">
        {home && (
          <span class="brand">
            <Sign />
            <b>{t.brand}</b>
          </span>
        )}
        {backTo !== undefined && (
          <button type="button" class="icon-button" aria-label={t.back} onClick={() => back(backTo)}>
            <Icon name="back" size={24} />
          </button>
        )}
        {closeTo !== undefined && (
          <a class="icon-button" href={`#${closeTo}`} aria-label={t.close}>
            <Icon name="close" size={24} />
          </a>
        )}
        {heading !== undefined && <Heading>{heading}</Heading>}
        {!home && !tab && !hero && <p class="top-title">{title}</p>}
        <span class="top-tools">
          {home && <TypeSwitch />}
          <LangSwitch />
        </span>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {footer && <footer class="foot">{footer}</footer>}
      {tab && <Tabs on={tab} />}
    </div>
  );
}

// The address after the # is the page's: the skip link moves the focus instead.
function toMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** The one h1. It takes the focus when the reader came here by a step inside the app. */
export function Heading({ children, sub }: { children: ComponentChildren; sub?: ComponentChildren }) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (hasMoved()) ref.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="heading">
      <h1 ref={ref} tabIndex={-1}>
        {children}
      </h1>
      {sub && <p class="sub">{sub}</p>}
    </div>
  );
}

function LangSwitch() {
  const other = currentLang() === "zh" ? "en" : "zh";
  return (
    <button type="button" class="tool" lang={other} aria-label={t.otherLangName} onClick={() => void speak(other)}>
      <Icon name="globe" />
      {t.otherLang}
    </button>
  );
}

function TypeSwitch() {
  const isLarge = display("type") === "large";
  return (
    <button type="button" class="tool" onClick={() => setDisplay("type", isLarge ? "" : "large")}>
      <Icon name="type" />
      {isLarge ? t.normalType : t.largeType}
    </button>
  );
}

function Tabs({ on }: { on: "home" | "loans" | "me" }) {
  const tabs: ["home" | "loans" | "me", string, IconName][] = [
    ["home", "/", "home"],
    ["loans", "/loans", "card"],
    ["me", "/me", "user"],
  ];
  return (
    <nav class="tabs" aria-label={t.tabs.label}>
      {tabs.map(([name, path, icon]) => (
        <a key={name} href={`#${path}`} aria-current={name === on ? "page" : undefined}>
          <Icon name={icon} size={24} />
          {t.tabs[name]}
        </a>
      ))}
    </nav>
  );
}
