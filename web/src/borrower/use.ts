/** Hooks every page uses: load something, do something, ask again. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { newKey } from "../shared/http.ts";
import { onLang } from "../shared/lang.ts";
import { asProblem, type Problem } from "../shared/problem.ts";
import * as api from "./api.ts";
import { lenderName } from "./text/index.ts";

export interface Loaded<T> {
  data: T | undefined;
  problem: Problem | undefined;
  /** When `data` was read. */
  at: Date | undefined;
  reload(): Promise<void>;
}

/** Loads again when `keys` change; a failed refresh keeps what was there. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ by?: unknown; data?: T; problem?: Problem; at?: Date }>({});
  const turn = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const data = await load();
      if (mine === turn.current) setState({ by: reload, data, at: new Date() });
    } catch (error) {
      const problem = asProblem(error);
      if (mine === turn.current) setState((was) => ({ ...(was.by === reload ? was : {}), by: reload, problem }));
    }
  }, keys);
  useEffect(() => {
    void reload();
    return () => {
      turn.current += 1;
    };
  }, [reload]);
  // What was loaded under other keys is not shown under these, not even for one drawing.
  const own = state.by === reload ? state : {};
  return { data: own.data, problem: own.problem, at: own.at, reload };
}

export interface Action<A extends unknown[]> {
  run(...args: A): Promise<boolean>;
  busy: boolean;
  problem: Problem | undefined;
  clear(): void;
}

/**
 * Does something once: the same key goes with every retry of the same intent, so that a lost
 * answer never doubles an effect; other arguments or a refusal make a new key.
 */
export function useAction<A extends unknown[]>(act: (key: string, ...args: A) => Promise<void>): Action<A> {
  const [state, setState] = useState<{ busy: boolean; problem?: Problem }>({ busy: false });
  const intent = useRef({ key: newKey(), args: "" });
  const running = useRef(false);
  const run = async (...args: A): Promise<boolean> => {
    if (running.current) return false;
    const asked = JSON.stringify(args);
    if (asked !== intent.current.args) intent.current = { key: newKey(), args: asked };
    running.current = true;
    setState({ busy: true });
    try {
      await act(intent.current.key, ...args);
      intent.current = { key: newKey(), args: "" };
      setState({ busy: false });
      return true;
    } catch (error) {
      const problem = asProblem(error);
      if (!problem.isRetryable) intent.current = { key: newKey(), args: "" };
      setState({ busy: false, problem });
      return false;
    } finally {
      running.current = false;
    }
  };
  return { run, busy: state.busy, problem: state.problem, clear: () => setState({ busy: false }) };
}

/** Calls `tick` every `ms` while `isOn` and the page is shown. */
export function useEvery(ms: number, isOn: boolean, tick: () => void): void {
  const latest = useRef(tick);
  latest.current = tick;
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") latest.current();
    }, ms);
    return () => clearInterval(timer);
  }, [ms, isOn]);
}

export function useOnline(): boolean {
  const [isOnline, set] = useState(navigator.onLine);
  useEffect(() => {
    const tell = () => set(navigator.onLine);
    addEventListener("online", tell);
    addEventListener("offline", tell);
    return () => {
      removeEventListener("online", tell);
      removeEventListener("offline", tell);
    };
  }, []);
  return isOnline;
}

/** Draws the caller anew after a change of language. */
export function useLang(): void {
  const [, set] = useState(0);
  useEffect(() => onLang(() => set((n) => n + 1)), []);
}

let ids = 0;
/** An id for label, hint and error of one control. */
export function useId(): string {
  return useState(() => `c${++ids}`)[0];
}

/** Names of lenders by their id, or by the Chinese name a paper carries; until the list has come, what was given. */
export function useLenderNames(): (key: string) => string {
  const list = useLoaded(api.lenders, []).data ?? [];
  return (key) => {
    const found = list.find((one) => one.id === key || one.name_zh === key);
    return found ? lenderName(found) : key;
  };
}
