/** Documents of a case: what was asked for, what came, and the clerk's own way to read it. */
import { Button } from "antd";
import { useState } from "react";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { pick } from "../../shared/lang.ts";
import type { Documents } from "../../shared/types.ts";
import { useDeed, usePlatform, useReading } from "../platform.tsx";
import { saveFile } from "../ui/filters.tsx";
import { Failed, Verdict } from "../ui/parts.tsx";
import { AskedBadge } from "./case.tsx";
import { t as words } from "./text.ts";
import type { Desk, Review } from "./types.ts";

export function Papers({ review, desk, canRead }: { review: Review; desk: Desk; canRead: boolean }) {
  const t = words();
  const { http } = usePlatform();
  const path = `/v1/reviews/${review.application}`;
  const reading = useReading<Documents>(() => http.json(`${path}/documents`));
  const taking = useDeed<unknown>();
  if (review.documents.length === 0) return null;
  const wordFor = (code: string) => {
    const found = desk.documents.find((one) => one.code === code);
    return found ? pick(found, "text") : code;
  };
  return (
    <>
      <h3>
        {t.asked} {review.documents_by && <small>{t.by(review.documents_by)}</small>}
      </h3>
      <ul className="papers">
        {review.documents.map((code) => (
          <li key={code}>
            {wordFor(code)} <AskedBadge isIn={!review.documents_missing.includes(code)} />
          </li>
        ))}
      </ul>
      {canRead && (
        <div className="actions">
          <Button loading={taking.isBusy} onClick={() => void taking.run(`${path}/clerk`)}>
            {t.take}
          </Button>
          <Button loading={reading.isBusy} onClick={reading.read}>
            {t.load}
          </Button>
        </div>
      )}
      {taking.done !== undefined && <Verdict kind="ok">{t.taken}</Verdict>}
      {(taking.problem ?? reading.problem) && <Failed problem={(taking.problem ?? reading.problem)!} />}
      {reading.data && <Came documents={reading.data} path={path} wordFor={wordFor} />}
    </>
  );
}

function Came({ documents, path, wordFor }: { documents: Documents; path: string; wordFor(code: string): string }) {
  const t = words();
  const { http } = usePlatform();
  const [problem, setProblem] = useState<Problem>();
  if (documents.items.length === 0) return <p className="hint">{t.noDocuments}</p>;
  const save = async (document: string) => saveFile(document, await http.bytes(`${path}/documents/${document}`));
  return (
    <>
    {problem && <Failed problem={problem} />}
    <ul className="papers">
      {documents.items.map((one) => (
        <li key={one.document}>
          {wordFor(one.kind)}
          <Button type="link" size="small" onClick={() => void save(one.document).catch((error: unknown) => setProblem(asProblem(error)))}>
            {t.read}
          </Button>
        </li>
      ))}
    </ul>
    </>
  );
}
