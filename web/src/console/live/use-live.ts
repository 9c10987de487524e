/** The live picture: a stream, and polling while the stream is away. */
import { useEffect, useRef, useState } from "react";
import { makeHttp } from "../../shared/http.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { stream } from "../../shared/sse.ts";
import type { Live } from "../../shared/types.ts";

const POLL_MS = 2_000;
/** Five minutes of seconds. */
const SAMPLES_MAX = 300;

export type LinkState = "live" | "poll" | "waiting";

export interface Watched {
  live: Live | undefined;
  samples: readonly Live[];
  link: LinkState;
  problem: Problem | undefined;
}

export function useLive(token: string, onRefused: () => void): Watched {
  const [watched, setWatched] = useState<Watched>({ live: undefined, samples: [], link: "waiting", problem: undefined });
  const refused = useRef(onRefused);
  refused.current = onRefused;
  useEffect(() => {
    let poll: ReturnType<typeof setInterval> | undefined;
    const take = (live: Live, link: LinkState) =>
      setWatched((was) => ({ live, samples: add(was.samples, live), link, problem: undefined }));
    const http = makeHttp(
      () => token,
      () => refused.current(),
    );
    const ask = async () => {
      try {
        take(await http.json<Live>("/v1/insight/live"), "poll");
      } catch (error) {
        const problem = asProblem(error);
        setWatched((was) => ({ ...was, link: "waiting", problem }));
      }
    };
    const stop = stream("/v1/insight/stream", token, {
      onData: (data) => take(JSON.parse(data) as Live, "live"),
      onState: (state) => {
        if (state === "live") {
          clearInterval(poll);
          poll = undefined;
        } else if (poll === undefined) {
          setWatched((was) => ({ ...was, link: "waiting" }));
          poll = setInterval(() => void ask(), POLL_MS);
        }
      },
      onRefused: (problem) => {
        if (problem.status === 401 || problem.status === 403) refused.current();
        else setWatched((was) => ({ ...was, problem }));
      },
    });
    return () => {
      stop();
      clearInterval(poll);
    };
  }, [token]);
  return watched;
}

function add(samples: readonly Live[], live: Live): readonly Live[] {
  if (samples.at(-1)?.at === live.at) return samples;
  return [...samples.slice(1 - SAMPLES_MAX), live];
}
