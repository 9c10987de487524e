/** Large type and theme: on the root element, remembered on this device. */
import { useEffect, useState } from "preact/hooks";
import { read, write } from "../shared/lang.ts";

type Name = "type" | "theme";
const heard = new Set<() => void>();

export function startDisplay(): void {
  for (const name of ["type", "theme"] as const) {
    const kept = read(`tongtu.${name}`);
    if (kept) document.documentElement.dataset[name] = kept;
  }
}

/** "" is the default: standard type, the system's theme. */
export function setDisplay(name: Name, value: string): void {
  if (value) document.documentElement.dataset[name] = value;
  else delete document.documentElement.dataset[name];
  write(`tongtu.${name}`, value || null);
  heard.forEach((tell) => tell());
}

export const display = (name: Name) => document.documentElement.dataset[name] ?? "";

/** Draws the caller anew after a change. */
export function useDisplay(): void {
  const [, set] = useState(0);
  useEffect(() => {
    const tell = () => set((n) => n + 1);
    heard.add(tell);
    return () => {
      heard.delete(tell);
    };
  }, []);
}
