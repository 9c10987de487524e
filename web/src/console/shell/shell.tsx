/** The frame: navigation of what this role may call, where one is, business date, notices, who one is. */
import { Suspense, useEffect, useState, type ReactNode } from "react";
import { currentLang, setLang } from "../../shared/lang.ts";
import { openPages, type PageEntry } from "../pages.ts";
import { useLoad, usePlatform } from "../platform.tsx";
import { href, usePlace } from "../router.ts";
import { Brand } from "../sign.tsx";
import { text } from "../text.ts";
import { isDark } from "../theme.ts";
import { Icon } from "../ui/icon.tsx";
import { Empty, Skeleton } from "../ui/parts.tsx";
import { Palette } from "./palette.tsx";

const GROUPS = ["work", "risk", "run", "finance", "results", "house"] as const;

interface ShellProps {
  onTheme(isDark: boolean): void;
}

export function Shell({ onTheme }: ShellProps) {
  const t = text();
  const { can } = usePlatform();
  const place = usePlace();
  const [isSeeking, setSeeking] = useState(false);
  const open = openPages(can);
  const wanted = place.path[0];
  const page = wanted === undefined ? open[0] : open.find((one) => one.name === wanted);
  usePaletteKey(() => setSeeking(true));
  useEffect(() => {
    document.title = page ? `${t.pages[page.name]} · ${t.brand}` : t.brand;
    scrollTo(0, 0);
  }, [page, t]);
  return (
    <div className="shell">
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {t.skip}
      </a>
      <Navigation pages={open} at={page} />
      <header className="top">
        <Crumbs page={page} rest={place.path.slice(1)} />
        <Tools onSeek={() => setSeeking(true)} onTheme={onTheme} />
      </header>
      <main id="main" tabIndex={-1}>
        {page ? (
          <Suspense key={place.path.join("/")} fallback={<Skeleton />}>
            <page.show />
          </Suspense>
        ) : (
          <Empty title={t.noPage}>
            <h1 className="unseen">{t.noPage}</h1>
            <p>{t.noPageSub}</p>
            <a href={href("")}>{t.toStart}</a>
          </Empty>
        )}
      </main>
      {isSeeking && <Palette pages={open} onTheme={onTheme} onClose={() => setSeeking(false)} />}
    </div>
  );
}

function usePaletteKey(open: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open();
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

function Navigation({ pages, at }: { pages: PageEntry[]; at: PageEntry | undefined }) {
  const t = text();
  return (
    <nav aria-label={t.nav}>
      <a href={href("")} className="home" title={t.brand}>
        <Brand />
      </a>
      {GROUPS.map((group) => {
        const own = pages.filter((one) => one.group === group && !one.isHidden);
        if (own.length === 0) return null;
        return (
          <div key={group} className={`group ${group}`}>
            {t.groups[group] && <p>{t.groups[group]}</p>}
            {own.map((one) => (
              <a key={one.name} href={href(one.name)} title={t.pages[one.name]} aria-current={one === at ? "page" : undefined}>
                <Icon name={one.icon} />
                <span>{t.pages[one.name]}</span>
              </a>
            ))}
          </div>
        );
      })}
    </nav>
  );
}

function Crumbs({ page, rest }: { page: PageEntry | undefined; rest: string[] }) {
  const t = text();
  if (!page) return <b>{t.brand}</b>;
  if (rest.length === 0) return <b>{t.pages[page.name]}</b>;
  return (
    <ol className="crumbs" aria-label={t.crumbs}>
      <li>
        <a href={href(page.name)}>{t.pages[page.name]}</a>
      </li>
      {rest.map((each, n) => (
        <li key={each} aria-current={n === rest.length - 1 ? "page" : undefined}>
          {each}
        </li>
      ))}
    </ol>
  );
}

function Tools({ onSeek, onTheme }: { onSeek(): void; onTheme(isDark: boolean): void }) {
  const t = text();
  const { me, can } = usePlatform();
  const isMac = /mac/i.test(navigator.platform);
  return (
    <div className="tools">
      <button type="button" className="seek-open" onClick={onSeek} aria-keyshortcuts="Control+K Meta+K">
        <Icon name="search" size={16} />
        <span>{t.seekAll}</span>
        <kbd>{isMac ? "⌘ K" : "Ctrl K"}</kbd>
      </button>
      {can("GET /v1/operations/business-date") && <BusinessDate />}
      {can("GET /v1/operations/proposals") && <Bell />}
      <Menu label={<Who />} name={t.ownMenu}>
        <p>{me.login ?? me.role}</p>
        <button type="button" onClick={() => onTheme(!isDark())}>
          <Icon name="moon" />
          {isDark() ? t.light : t.dark}
        </button>
        <SwitchLang />
        <Leave />
      </Menu>
    </div>
  );
}

function SwitchLang() {
  const t = text();
  const other = currentLang() === "zh" ? "en" : "zh";
  return (
    <button type="button" lang={other} aria-label={t.otherLangName} onClick={() => setLang(other)}>
      <Icon name="globe" />
      {t.otherLang}
    </button>
  );
}

function Leave() {
  const t = text();
  const { http, leave } = usePlatform();
  const end = async () => {
    // Whatever the server says, this tab forgets the token.
    await http.json("/v1/sign-in", { method: "DELETE" }).catch(() => undefined);
    leave();
  };
  return (
    <button type="button" onClick={() => void end()}>
      <Icon name="leave" />
      {t.signOut}
    </button>
  );
}

function BusinessDate() {
  const t = text();
  const read = useLoad<{ business_date: string }>("/v1/operations/business-date");
  return (
    <span className="business-date">
      {t.businessDate} <b>{read.data?.business_date ?? "—"}</b>
    </span>
  );
}

/** What waits for a second person and is not one's own. */
function Bell() {
  const t = text();
  const place = usePlace();
  const read = useLoad<{ items: { is_own: boolean }[] }>("/v1/operations/proposals?limit=100");
  const { again } = read;
  useEffect(again, [again, place]);
  const n = read.data?.items.filter((one) => !one.is_own).length ?? 0;
  const { can } = usePlatform();
  const isThere = openPages(can).some((one) => one.name === "approvals");
  if (!isThere) return null;
  return (
    <a className="bell" href={href("approvals")} aria-label={t.notices(n)}>
      <Icon name="bell" />
      {n > 0 && <b aria-hidden="true">{n}</b>}
    </a>
  );
}

function Who() {
  const t = text();
  const { me } = usePlatform();
  const name = (me.login ?? me.role).replace(/^demo-/, "");
  return (
    <>
      <span className="face" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </span>
      <b>{name}</b> <span>{t.roles[me.role]}</span>
    </>
  );
}

/** Opens by the browser's own means; closes on Esc and when the focus leaves. */
function Menu({ label, name, children }: { label: ReactNode; name: string; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="own-menu"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key === "Escape") setOpen(false);
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <summary title={name}>{label}</summary>
      <div className="menu">{children}</div>
    </details>
  );
}
