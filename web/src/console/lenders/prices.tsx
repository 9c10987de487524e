/** A program's grid: bands down, terms across; a cell above the cap is told in words and colour. */
import { useState } from "react";
import { percentOf } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { Card } from "../ui/parts.tsx";
import { Field } from "../ui/field.tsx";
import { Select } from "../lists/form.tsx";
import { t as words } from "./text.ts";
import type { Program } from "./types.ts";

interface GridProps {
  programs: Program[];
  cap: string;
}

export function Prices({ programs, cap }: GridProps) {
  const t = words();
  const [code, setCode] = useState(programs[0]?.code ?? "");
  const program = programs.find((one) => one.code === code) ?? programs[0];
  if (!program || program.prices.length === 0) return null;
  const names = Object.fromEntries(programs.map((one) => [one.code, pick(one, "name")]));
  const fees = [...new Set(program.prices.map((one) => one.fee_bps_monthly))].filter((one) => one > 0);
  return (
    <Card title={t.prices} unit={t.pricesUnit(cap)}>
      {programs.length > 1 && <Field label={t.program}>{(own) => <Select own={own} value={program.code} options={names} onChange={setCode} />}</Field>}
      <Grid program={program} />
      {fees.length > 0 && <p className="hint pad-top">{t.fee(fees.map(percentOf).join(" / "))}</p>}
    </Card>
  );
}

function Grid({ program }: { program: Program }) {
  const t = words();
  const terms = [...new Set(program.prices.map((one) => one.tenor_to_months))].sort((one, other) => one - other);
  const bands = [...new Set(program.prices.map((one) => one.band))];
  return (
    <div className="table-wrap" role="group" aria-label={t.prices} tabIndex={0}>
      <table className="table price-grid">
        <caption className="unseen">{`${t.prices} ${pick(program, "name")}`}</caption>
        <thead>
          <tr>
            <th scope="col">{t.bands}</th>
            {terms.map((term, n) => (
              <th key={term} scope="col" className="end">
                {t.terms(n === 0 ? program.tenor_min_months : (terms[n - 1] ?? 0) + 1, term)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bands.map((band) => (
            <tr key={band}>
              <th scope="row">{t.band(band)}</th>
              {terms.map((term) => {
                const cell = program.prices.find((one) => one.band === band && one.tenor_to_months === term);
                return (
                  <td key={term} className={`end ${cell && !cell.is_within_cap ? "above" : ""}`}>
                    {cell ? cell.irr12_percent : <span className="hint">{t.noPrice}</span>}
                    {cell && !cell.is_within_cap && <small>{t.aboveCap}</small>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
