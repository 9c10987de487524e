/** The decision tables of our rule files: read, changed cell by cell, written back as the same JSON. */
export interface RuleRow {
  _id: string;
  _description?: string;
  [column: string]: string | undefined;
}

export interface TableColumn {
  id: string;
  name: string;
  field?: string;
}

export interface RuleTable {
  hitPolicy: string;
  inputs: TableColumn[];
  outputs: TableColumn[];
  rules: RuleRow[];
}

interface Graph {
  nodes: { id: string; type: string; name: string; content?: RuleTable & Record<string, unknown> }[];
}

const TABLE = "decisionTableNode";

/** The first decision table of a file; undefined where there is none. */
export function tableOf(text: string): RuleTable | undefined {
  try {
    return (JSON.parse(text) as Graph).nodes.find((one) => one.type === TABLE)?.content;
  } catch {
    return undefined;
  }
}

/** The file with these rows in its first table; everything else of it stays as it is. */
export function withRows(text: string, rows: RuleRow[]): string {
  const graph = JSON.parse(text) as Graph;
  const node = graph.nodes.find((one) => one.type === TABLE);
  if (node?.content) node.content.rules = rows;
  return `${JSON.stringify(graph, null, 1)}\n`;
}

export interface CellChange {
  row: string;
  column: string;
  before: string;
  after: string;
}

/** What is written otherwise, by row and column; a row that is new or gone differs in every cell. */
export function changesOf(before: RuleRow[], after: RuleRow[], columns: string[]): CellChange[] {
  const found: CellChange[] = [];
  const ids = [...new Set([...after, ...before].map((row) => row._id))];
  for (const id of ids) {
    const [old, now] = [before, after].map((rows) => rows.find((row) => row._id === id));
    for (const column of columns) {
      const [was, is] = [old?.[column] ?? "", now?.[column] ?? ""];
      if (was !== is) found.push({ row: id, column, before: was, after: is });
    }
  }
  return found;
}

/** "'decline'" as it is told: decline. */
export function unquoted(value: string | undefined): string {
  return (value ?? "").replace(/^'(.*)'$/, "$1");
}

/** Names are written "English / 中文"; descriptions "中文 / English". */
export function inLanguage(name: string, isChinese: boolean): string {
  const parts = name.split(" / ");
  const chinese = parts.find((part) => /[\u4e00-\u9fff]/.test(part));
  const latin = parts.find((part) => !/[\u4e00-\u9fff]/.test(part));
  return (isChinese ? chinese : latin) ?? name;
}
