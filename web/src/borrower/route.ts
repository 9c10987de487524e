/** The address after # holds the screen, so back and reload work without a server route. */
import { useEffect, useState } from "preact/hooks";

export type Route = readonly string[];

const read = (): Route => location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);

export function go(...parts: string[]): void {
  location.hash = `/${parts.map(encodeURIComponent).join("/")}`;
}

export function useRoute(): Route {
  const [route, set] = useState(read);
  useEffect(() => {
    const changed = (): void => {
      set(read());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
