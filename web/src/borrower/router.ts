/** Addresses after the `#`: the server knows `/` only, and Back works everywhere. */
import { useEffect, useState } from "preact/hooks";

let moves = 0;

/** Whether the reader has moved inside the app: then a new page takes the focus. */
export const hasMoved = () => moves > 0;

export function parts(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

export function go(path: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", `#${path}`);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = path;
  }
}

export function back(fallback: string): void {
  if (moves > 0) history.back();
  else go(fallback, true);
}

export function useRoute(): string[] {
  const [route, setRoute] = useState(parts);
  useEffect(() => {
    const moved = () => {
      moves += 1;
      scrollTo(0, 0);
      setRoute(parts());
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return route;
}
