/** A page whose code comes when it is first shown, or a little before. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../shared/problem.ts";
import { t } from "./text/index.ts";
import { Page } from "./ui/page.tsx";
import { Skeleton } from "./ui/parts.tsx";
import { ProblemNote } from "./ui/say.tsx";

export interface Lazy<P> {
  (props: P): preact.JSX.Element;
  /** Fetches the code ahead of its use; a failure waits for the use. */
  ahead(): void;
}

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): Lazy<P> {
  let found: ComponentType<P> | undefined;
  const get = async () => (found ??= await load());
  const Later = (props: P) => {
    const [Shown, setShown] = useState(() => found);
    const [problem, setProblem] = useState<Problem>();
    const fetchIt = () => {
      setProblem(undefined);
      get().then(
        (page) => setShown(() => page),
        () => setProblem(new Problem(0, { code: navigator.onLine ? "unreachable" : "offline" })),
      );
    };
    useEffect(() => {
      if (!Shown) fetchIt();
    }, []);
    if (Shown) return <Shown {...props} />;
    return (
      <Page title={t.brand} backTo="/">
        {problem ? <ProblemNote problem={problem} retry={fetchIt} /> : <Skeleton lines={5} tall />}
      </Page>
    );
  };
  Later.ahead = () => void get().catch(() => undefined);
  return Later;
}
