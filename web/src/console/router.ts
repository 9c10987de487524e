/** Addresses of the console: `#/decisions/dc_…?outcome=declined`. A page's state stands in its address. */
import { useSyncExternalStore } from "react";

export interface Place {
  /** `["decisions", "dc_…"]`; empty at the start. */
  path: string[];
  query: URLSearchParams;
}

/** `/console/style` is an address of its own, so that it can be named to anybody. */
const OWN_ADDRESS = /^\/console\/(style)\/?$/;

let known: { address: string; place: Place } | undefined;

export function readPlace(): Place {
  const address = location.pathname + location.hash;
  if (known?.address !== address) known = { address, place: parse() };
  return known.place;
}

function parse(): Place {
  const own = OWN_ADDRESS.exec(location.pathname)?.[1];
  if (own !== undefined && location.hash === "") return { path: [own], query: new URLSearchParams() };
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

export function usePlace(): Place {
  return useSyncExternalStore(listen, readPlace);
}

function listen(tell: () => void): () => void {
  addEventListener("hashchange", tell);
  return () => removeEventListener("hashchange", tell);
}

export function href(path: string, query?: Record<string, string>): string {
  const asked = query ? new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString() : "";
  // From the style sheet's own address one leaves by the console's.
  const base = OWN_ADDRESS.test(location.pathname) ? "/console" : "";
  return `${base}#/${path}${asked ? `?${asked}` : ""}`;
}

export function go(path: string, query?: Record<string, string>): void {
  location.assign(href(path, query));
}

/** Another state of the same page: no step back leads to each letter that was typed. */
export function restate(query: Record<string, string>): void {
  const { path } = readPlace();
  history.replaceState(null, "", href(path.map(encodeURIComponent).join("/"), query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
