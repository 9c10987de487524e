/** A list read page by page from the server; another question begins anew. */
import { useCallback, useEffect, useRef, useState } from "react";
import { asProblem, type Problem } from "../../shared/problem.ts";
import type { Page } from "../../shared/types.ts";
import { usePlatform } from "../platform.tsx";

export interface Pages<T> {
  rows: readonly T[];
  isLoading: boolean;
  problem: Problem | undefined;
  more: (() => void) | undefined;
  again(): void;
}

interface State<T> {
  rows: readonly T[];
  next: string | null;
  isLoading: boolean;
  problem?: Problem;
}

/** `limit` null: the server's own page. */
export function usePages<T>(path: string, asked: string, limit: number | null): Pages<T> {
  const { http } = usePlatform();
  const [state, setState] = useState<State<T>>({ rows: [], next: null, isLoading: true });
  const [turn, setTurn] = useState(0);
  // Which question is asked now: an answer to another one comes too late.
  const now = useRef(0);
  const read = useCallback(
    async (after: string | null) => {
      const own = ++now.current;
      setState((was) => ({ rows: after === null ? [] : was.rows, next: was.next, isLoading: true }));
      try {
        const rest = [asked, limit === null ? "" : `limit=${limit}`, after === null ? "" : `after=${after}`];
        const page = await http.json<Page<T>>(`${path}?${rest.filter(Boolean).join("&")}`);
        if (own !== now.current) return;
        setState((was) => ({ rows: [...(after === null ? [] : was.rows), ...page.items], next: page.next, isLoading: false }));
      } catch (error) {
        if (own === now.current) setState((was) => ({ ...was, isLoading: false, problem: asProblem(error) }));
      }
    },
    [http, path, asked, limit],
  );
  useEffect(() => {
    void read(null);
    return () => {
      now.current += 1;
    };
  }, [read, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  const { next } = state;
  return {
    rows: state.rows,
    isLoading: state.isLoading,
    problem: state.problem,
    more: next === null ? undefined : () => void read(next),
    again,
  };
}
