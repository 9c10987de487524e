/** Amount by slider or number: one value, two doors. The scale is denser at small sums. */
import { useMemo, useState } from "preact/hooks";
import { moneyParts, moneyRound } from "../../shared/format.ts";
import { t } from "../text/index.ts";
import { MoneyField } from "./field.tsx";

const FINE_STEP = 10_000; // ¥100 below ¥10,000
const FINE_END = 1_000_000;
const COARSE_STEP = 100_000; // then ¥1,000
const PAGE = 10;

function stops(low: number, high: number): number[] {
  const all: number[] = [];
  for (let at = low; at < Math.min(FINE_END, high); at += FINE_STEP) all.push(at);
  for (let at = Math.max(low, FINE_END); at < high; at += COARSE_STEP) all.push(at);
  all.push(high);
  return all;
}

interface AmountProps {
  low: number;
  high: number;
  value: number;
  onChange(minor: number): void;
}

export function Amount({ low, high, value, onChange }: AmountProps) {
  const scale = useMemo(() => stops(low, high), [low, high]);
  const [typed, setTyped] = useState<number | null | undefined>(undefined);
  const [isTyping, setTyping] = useState(false);
  const nearest = scale.findIndex((stop) => stop >= value);
  const at = nearest < 0 ? scale.length - 1 : nearest;
  const isOut = isTyping && (typed === undefined || typed === null || typed < low || typed > high);
  const move = (index: number) => {
    const stop = scale[Math.max(0, Math.min(scale.length - 1, index))];
    if (stop !== undefined) onChange(stop);
  };
  const page = (event: KeyboardEvent) => {
    const by = event.key === "PageUp" ? PAGE : event.key === "PageDown" ? -PAGE : 0;
    if (by === 0) return;
    event.preventDefault();
    move(at + by);
  };
  const [, major, rest] = moneyParts(value);
  return (
    <div class="amount">
      {isTyping ? (
        <MoneyField
          label={t.home.howMuch}
          value={typed}
          error={isOut ? t.home.outOfRange(moneyRound(low), moneyRound(high)) : undefined}
          hint={`${moneyRound(low)} – ${moneyRound(high)}`}
          onChange={(minor) => {
            setTyped(minor);
            if (typeof minor === "number" && minor >= low && minor <= high) onChange(minor);
          }}
          aside={
            <button type="button" class="link" onClick={() => setTyping(false)}>
              {t.home.slide}
            </button>
          }
        />
      ) : (
        <>
          <div class="label-row">
            <span id="amount-label">{t.home.howMuch}</span>
            <span class="range">
              {moneyRound(low)} – {moneyRound(high)}
            </span>
          </div>
          <div class="amount-row">
            <output class="money xl" for="amount">
              <small>¥</small>
              {major}
              {rest !== "00" && <small>.{rest}</small>}
            </output>
            <button
              type="button"
              class="link"
              onClick={() => {
                setTyped(value);
                setTyping(true);
              }}
            >
              {t.home.typeAmount}
            </button>
          </div>
        </>
      )}
      <input
        id="amount"
        type="range"
        class="slider"
        min={0}
        max={scale.length - 1}
        step={1}
        value={at}
        aria-label={t.home.howMuch}
        aria-valuetext={moneyRound(value)}
        style={{ "--at": `${(100 * at) / Math.max(1, scale.length - 1)}%` }}
        onInput={(event) => {
          move(Number(event.currentTarget.value));
          setTyping(false);
        }}
        onKeyDown={page}
      />
    </div>
  );
}
