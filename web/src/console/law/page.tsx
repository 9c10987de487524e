/** The rules of law as this platform keeps them: what each asks for, where it stands, how well it was checked. */
import { useLoad } from "../platform.tsx";
import { pick } from "../../shared/lang.ts";
import { usePlace } from "../router.ts";
import { words } from "../text.ts";
import { csv, FilterBar, saveFile, seek } from "../ui/filters.tsx";
import { Badge, Empty, Id, PageHead, Read, Verdict, type Status } from "../ui/parts.tsx";
import { DataTable, Foot, type Column } from "../ui/table.tsx";

interface Rule {
  id: string;
  title_zh: string;
  title_en: string;
  severity: string;
  points: string[];
  when: string;
  test: string;
  label: string;
  document: string;
  article: string;
  published_on: string;
  effective_from: string | null;
  effective_to: string | null;
}

interface Rules {
  pack: string;
  pack_hash: string;
  is_illustrative: boolean;
  labels: Record<string, number>;
  items: Rule[];
}

const zh = {
  title: "法规条文",
  sub: (pack: string) => `正在用的法规包 ${pack}`,
  illustrative: "这是示例法规包：条文没有经过律师核对，不能当作法律意见。",
  columns: { id: "条", title: "要求", severity: "不合则", points: "在哪里查", label: "核对", source: "出处", from: "施行" },
  severities: { block: "拦住", hold: "交给人", warn: "提醒" } as Record<string, string>,
  labels: { T: "读过原文", S: "据报道", M: "凭记忆，待律师确认", P: "自定" } as Record<string, string>,
  label: "核对",
  none: "没有这样的条文",
};

const en: typeof zh = {
  title: "Rules of law",
  sub: (pack) => `pack in use: ${pack}`,
  illustrative: "This pack is an illustration: no counsel has confirmed it, and it is no legal advice.",
  columns: { id: "Rule", title: "What it asks for", severity: "If not", points: "Asked at", label: "Checked", source: "Source", from: "In force" },
  severities: { block: "Blocks", hold: "To a person", warn: "Warns" },
  labels: { T: "Text was read", S: "Reported", M: "From memory, counsel to confirm", P: "Own policy" },
  label: "Checked",
  none: "There is no such rule",
};

const t = words(zh, en);
const SEVERITY: Record<string, Status> = { block: "bad", hold: "person", warn: "warn" };
const LABEL: Record<string, Status> = { T: "ok", S: "info", M: "warn", P: "muted" };

export default function LawPage() {
  const w = t();
  const { query } = usePlace();
  const label = query.get("label") ?? "";
  const read = useLoad<Rules>(`/v1/policy/rules${label ? `?label=${label}` : ""}`);
  const columns = columnsOf();
  const rows = seek(read.data?.items ?? [], columns, query.get("q") ?? "");
  return (
    <>
      <PageHead title={w.title} sub={read.data ? <>{w.sub(read.data.pack)} <Id value={read.data.pack_hash} /></> : ""} />
      {read.data?.is_illustrative && <Verdict kind="warn">{w.illustrative}</Verdict>}
      <section className="card list" aria-label={w.title}>
        <FilterBar
          screen="law"
          choices={[{ key: "label", title: w.label, options: Object.entries(w.labels).map(([key, shown]) => [key, `${shown} ${read.data?.labels[key] ?? ""}`]) }]}
          onFile={() => saveFile("rules-of-law.csv", csv(rows, columns))}
        />
        <Read of={read} rows={10}>
          {() => <DataTable caption={w.title} rows={rows} columns={columns} rowKey={(one) => one.id} empty={<Empty title={w.none} />} foot={<Foot shown={rows.length} />} />}
        </Read>
      </section>
    </>
  );
}

function columnsOf(): Column<Rule>[] {
  const w = t();
  return [
    { key: "id", title: w.columns.id, by: (one) => one.id, cell: (one) => <b>{one.id}</b>, plain: (one) => one.id },
    { key: "title", title: w.columns.title, wraps: true, cell: (one) => pick(one, "title") },
    {
      key: "severity",
      title: w.columns.severity,
      by: (one) => one.severity,
      cell: (one) => <Badge kind={SEVERITY[one.severity] ?? "muted"}>{w.severities[one.severity] ?? one.severity}</Badge>,
      plain: (one) => one.severity,
    },
    { key: "points", title: w.columns.points, wraps: true, cell: (one) => one.points.join(", ") },
    {
      key: "label",
      title: w.columns.label,
      by: (one) => one.label,
      cell: (one) => <Badge kind={LABEL[one.label] ?? "muted"}>{w.labels[one.label] ?? one.label}</Badge>,
      plain: (one) => one.label,
    },
    { key: "source", title: w.columns.source, wraps: true, cell: (one) => `${one.document} ${one.article}` },
    { key: "from", title: w.columns.from, by: (one) => one.effective_from ?? "", cell: (one) => one.effective_from ?? "—" },
  ];
}
