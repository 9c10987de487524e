/** What every page stands on: one way to speak to the platform, and what the caller may do there. */
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { makeHttp, newKey, type Http } from "../shared/http.ts";
import { asProblem, type Problem } from "../shared/problem.ts";

export interface Me {
  role: Role;
  login: string | null;
  organisation: number;
  is_demo: boolean;
  items: { operation: string; fresh_minutes: number | null; second_person: boolean }[];
}

export type Role = "borrower" | "merchant" | "lender" | "clerk" | "analyst" | "operator" | "regulator";

export interface Platform {
  http: Http;
  token: string;
  me: Me;
  /** Whether the table of permissions opens this route to the caller: "GET /v1/reviews". */
  can(operation: string): boolean;
  /** Sends one intent; asks for a fresh proof when the platform wants one, then sends the same again. */
  act<T>(path: string, body?: unknown): Promise<T>;
  leave(isRefused?: boolean): void;
}

const Here = createContext<Platform | undefined>(undefined);

export function usePlatform(): Platform {
  const found = use(Here);
  if (!found) throw new Error("no platform above this page");
  return found;
}

interface HereProps {
  token: string;
  me: Me;
  onLeave(isRefused: boolean): void;
  /** Resolves when the caller has proved anew who they are; rejects when they would not. */
  prove(http: Http): Promise<void>;
  children: ReactNode;
}

export function PlatformHere({ token, me, onLeave, prove, children }: HereProps) {
  const left = useRef(onLeave);
  left.current = onLeave;
  const platform = useMemo<Platform>(() => {
    const http = makeHttp(
      () => token,
      () => left.current(true),
    );
    const open = new Set(me.items.map((one) => one.operation));
    return {
      http,
      token,
      me,
      can: (operation) => open.has(operation),
      async act<T>(path: string, body?: unknown): Promise<T> {
        const call = { method: "POST" as const, key: newKey(), ...(body === undefined ? {} : { body }) };
        try {
          return await http.json<T>(path, call);
        } catch (error) {
          if (asProblem(error).code !== "step_up_required") throw error;
          await prove(http);
          return http.json<T>(path, call);
        }
      },
      leave: (isRefused = false) => left.current(isRefused),
    };
  }, [token, me, prove]);
  return <Here value={platform}>{children}</Here>;
}

export interface Loaded<T> {
  data: T | undefined;
  problem: Problem | undefined;
  isLoading: boolean;
  again(): void;
}

/** Reads an address when it is first shown and whenever it changes; null reads nothing. */
export function useLoad<T>(path: string | null): Loaded<T> {
  const { http } = usePlatform();
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{ path: string | null; data?: T; problem?: Problem; isLoading: boolean }>({
    path: null,
    isLoading: path !== null,
  });
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    // What stands is kept while the same address is read again.
    setState((was) => (was.path === path ? { ...was, isLoading: true } : { path, isLoading: true }));
    http.json<T>(path, { signal: stop.signal }).then(
      (data) => setState({ path, data, isLoading: false }),
      (error: unknown) => {
        if (!stop.signal.aborted) setState({ path, problem: asProblem(error), isLoading: false });
      },
    );
    return () => stop.abort();
  }, [http, path, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  const isOwn = state.path === path;
  return {
    data: isOwn ? state.data : undefined,
    problem: isOwn ? state.problem : undefined,
    isLoading: path !== null && (!isOwn || state.isLoading),
    again,
  };
}

export interface Deed<T> {
  isBusy: boolean;
  problem: Problem | undefined;
  done: T | undefined;
  run(path: string, body?: unknown): Promise<T | undefined>;
  clear(): void;
}

/** One button's intent: busy while it is sent, its refusal kept beside it. */
export function useDeed<T>(after?: (done: T) => void): Deed<T> {
  const { act } = usePlatform();
  const [state, setState] = useState<{ isBusy: boolean; problem?: Problem; done?: T }>({ isBusy: false });
  const told = useRef(after);
  told.current = after;
  const run = useCallback(
    async (path: string, body?: unknown) => {
      setState({ isBusy: true });
      try {
        const done = await act<T>(path, body);
        setState({ isBusy: false, done });
        told.current?.(done);
        return done;
      } catch (error) {
        setState({ isBusy: false, problem: asProblem(error) });
        return undefined;
      }
    },
    [act],
  );
  const clear = useCallback(() => setState({ isBusy: false }), []);
  return { isBusy: state.isBusy, problem: state.problem, done: state.done, run, clear };
}

export interface Reading<T> {
  data: T | undefined;
  problem: Problem | undefined;
  isBusy: boolean;
  read(): void;
}

/** What is read only when somebody asks for it. */
export function useReading<T>(ask: () => Promise<T>): Reading<T> {
  const [state, setState] = useState<{ data?: T; problem?: Problem; isBusy: boolean }>({ isBusy: false });
  const read = async () => {
    setState({ isBusy: true });
    try {
      setState({ isBusy: false, data: await ask() });
    } catch (error) {
      setState({ isBusy: false, problem: asProblem(error) });
    }
  };
  return { data: state.data, problem: state.problem, isBusy: state.isBusy, read: () => void read() };
}
