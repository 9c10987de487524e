/** The decision's entry in the log, checked here: path, root and signature are computed in this browser. */
import { Button } from "antd";
import { Said, useProof } from "../evidence/said.tsx";
import { Card, Failed } from "../ui/parts.tsx";
import { t as words } from "./text.ts";

export function ProofCard({ id }: { id: string }) {
  const t = words();
  const reading = useProof("decision", id);
  return (
    <Card title={t.evidence} unit={t.evidenceSub}>
      {reading.problem && <Failed problem={reading.problem} />}
      {reading.data && <Said found={reading.data} />}
      <Button loading={reading.isBusy} onClick={reading.read}>
        {t.verify}
      </Button>
    </Card>
  );
}
