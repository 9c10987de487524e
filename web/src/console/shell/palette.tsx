/** The command palette: pages, ids and actions, of what this role may do; what was chosen last stands first. */
import { Input } from "antd";
import { useMemo, useState, type KeyboardEvent } from "react";
import { currentLang, setLang } from "../../shared/lang.ts";
import type { PageEntry } from "../pages.ts";
import { usePlatform } from "../platform.tsx";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { isDark } from "../theme.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";

const RECENT = "tongtu.recent";
const RECENT_MAX = 5;
const SHOWN_MAX = 12;
/** A public id is a prefix and thirteen letters; each kind opens on the page that shows it. */
const IDS: [prefix: string, page: string][] = [
  ["dc_", "decisions"],
  ["ac_", "ledger"],
];
const ID = /^([a-z]{2}_)[0-9a-z]{13}$/;

interface Command {
  key: string;
  icon: IconName;
  title: string;
  /** What Enter does, in a word or two. */
  does: string;
  run(): void;
}

interface PaletteProps {
  pages: PageEntry[];
  onTheme(isDark: boolean): void;
  onClose(): void;
}

export function Palette({ pages, onTheme, onClose }: PaletteProps) {
  const t = text();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const every = useCommands(pages, onTheme);
  const found = useMemo(() => narrow(every, idCommand(pages, typed), typed), [every, pages, typed]);
  const run = (command: Command) => {
    remember(command.key);
    onClose();
    command.run();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((n) => (n + step + found.length) % found.length);
    }
    const chosen = found[at];
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      run(chosen);
    }
  };
  return (
    <Dialog title={t.palette} className="palette" onClose={onClose}>
      <Input
        autoFocus
        role="combobox"
        aria-label={t.seekAll}
        aria-expanded={found.length > 0}
        aria-controls="palette-list"
        aria-activedescendant={found[at] ? `palette-${at}` : undefined}
        prefix={<Icon name="search" />}
        placeholder={t.seekAll}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <ul id="palette-list" role="listbox" aria-label={t.palette}>
        {found.map((one, n) => (
          <li
            key={one.key}
            id={`palette-${n}`}
            role="option"
            aria-selected={n === at}
            onMouseEnter={() => setAt(n)}
            onClick={() => run(one)}
          >
            <Icon name={one.icon} />
            <b>{one.title}</b>
            <span>{one.does}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="hint">{t.nothingFound}</p>}
    </Dialog>
  );
}

function useCommands(pages: PageEntry[], onTheme: (isDark: boolean) => void): Command[] {
  const t = text();
  const { leave } = usePlatform();
  const other = currentLang() === "zh" ? "en" : "zh";
  return [
    ...pages.map((one) => ({
      key: `page:${one.name}`,
      icon: one.icon,
      title: t.pages[one.name],
      does: t.does.open,
      run: () => go(one.name),
    })),
    {
      key: "theme",
      icon: "moon" as const,
      title: isDark() ? t.light : t.dark,
      does: t.does.change,
      run: () => onTheme(!isDark()),
    },
    { key: "lang", icon: "globe" as const, title: t.otherLang, does: t.does.change, run: () => setLang(other) },
    { key: "leave", icon: "leave" as const, title: t.signOut, does: t.does.run, run: () => leave() },
  ];
}

function idCommand(pages: PageEntry[], typed: string): Command | undefined {
  const prefix = ID.exec(typed.trim())?.[1];
  const name = IDS.find(([one]) => one === prefix)?.[1];
  const page = pages.find((one) => one.name === name);
  if (!page) return undefined;
  const t = text();
  return {
    key: `id:${typed.trim()}`,
    icon: page.icon,
    title: typed.trim(),
    does: t.does.open,
    run: () => go(`${page.name}/${typed.trim()}`),
  };
}

function narrow(every: Command[], id: Command | undefined, typed: string): Command[] {
  const wanted = typed.trim().toLowerCase();
  const recent = recents();
  const place = (one: Command) => (recent.includes(one.key) ? recent.indexOf(one.key) : RECENT_MAX);
  const found = every
    .filter((one) => one.title.toLowerCase().includes(wanted) || one.key.includes(wanted))
    .sort((one, other) => place(one) - place(other));
  return [...(id ? [id] : []), ...found].slice(0, SHOWN_MAX);
}

function recents(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch {
    return [];
  }
}

function remember(key: string): void {
  try {
    const next = [key, ...recents().filter((one) => one !== key)].slice(0, RECENT_MAX);
    sessionStorage.setItem(RECENT, JSON.stringify(next));
  } catch {
    // Without storage nothing is remembered, and nothing else is lost.
  }
}
