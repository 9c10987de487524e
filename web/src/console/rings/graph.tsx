/** The drawing of a ring by ECharts: what is shared in the middle, persons around. Places are reckoned here, so that the same ring is drawn the same each time. */
import { GraphChart } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { value } from "../theme.ts";
import { t as words } from "./text.ts";
import type { Ring } from "./types.ts";

use([GraphChart, TooltipComponent, SVGRenderer]);

const OUTER = 100;
const INNER = 46;
const SYMBOL: Record<string, string> = { device: "rect", phone: "roundRect", address: "triangle", card: "diamond" };
const COLOUR: Record<string, string> = { device: "chart-1", phone: "chart-2", address: "chart-3", card: "chart-4" };

interface Spot {
  x: number;
  y: number;
}

/** Persons stand on a circle in the order of what they share; a shared thing stands inside, towards its persons. */
export function placesOf(ring: Ring): { persons: Map<string, Spot>; ties: Spot[] } {
  const order: string[] = [];
  for (const tie of ring.ties) for (const party of tie.parties) if (!order.includes(party)) order.push(party);
  const persons = new Map<string, Spot>();
  order.forEach((party, n) => {
    const angle = (2 * Math.PI * n) / order.length - Math.PI / 2;
    persons.set(party, { x: OUTER * Math.cos(angle), y: OUTER * Math.sin(angle) });
  });
  const ties = ring.ties.map((tie, n) => {
    const spots = tie.parties.map((party) => persons.get(party) as Spot);
    const mean = { x: spots.reduce((sum, one) => sum + one.x, 0) / spots.length, y: spots.reduce((sum, one) => sum + one.y, 0) / spots.length };
    // Two that lie over each other would be one.
    const turn = (2 * Math.PI * n) / ring.ties.length;
    const share = ring.ties.length === 1 ? 0 : 0.35;
    return { x: mean.x * (1 - share) + share * INNER * Math.cos(turn), y: mean.y * (1 - share) + share * INNER * Math.sin(turn) };
  });
  return { persons, ties };
}

function options(ring: Ring) {
  const t = words();
  const places = placesOf(ring);
  const [ink, line, person] = [value("ink"), value("line-strong"), value("person-mark")];
  const label = { show: true, position: "bottom", color: ink, fontFamily: value("font"), fontSize: 12 };
  const names = new Map(ring.members.map((one, n) => [one.party, t.person(n + 1)]));
  return {
    animation: false,
    tooltip: { backgroundColor: value("tip"), borderWidth: 0, textStyle: { color: value("on-tip"), fontSize: 12 }, formatter: "{b}" },
    series: [
      {
        type: "graph",
        layout: "none",
        roam: false,
        preserveAspect: "contain",
        left: 60,
        right: 60,
        top: 40,
        bottom: 40,
        data: [
          ...[...places.persons].map(([party, spot]) => ({
            id: party,
            name: names.get(party) ?? party,
            ...spot,
            symbol: "circle",
            symbolSize: 22,
            itemStyle: { color: person },
            label: { ...label, position: spot.y < 0 ? "top" : "bottom" },
          })),
          ...ring.ties.map((tie, n) => ({
            id: `tie ${n}`,
            name: t.kinds[tie.kind] ?? tie.kind,
            ...places.ties[n],
            symbol: SYMBOL[tie.kind] ?? "rect",
            symbolSize: 26,
            itemStyle: { color: value(COLOUR[tie.kind] ?? "chart-6") },
            label: { ...label, position: "right", fontWeight: 600 },
          })),
        ],
        links: ring.ties.flatMap((tie, n) => tie.parties.map((party) => ({ source: party, target: `tie ${n}` }))),
        lineStyle: { color: line, width: 1.5, opacity: 1, curveness: 0 },
        emphasis: { focus: "adjacency" },
      },
    ],
  };
}

export function Graph({ ring }: { ring: Ring }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const drawn = init(box.current, undefined, { renderer: "svg" });
    drawn.setOption(options(ring));
    const size = new ResizeObserver(() => drawn.resize());
    size.observe(box.current);
    return () => {
      size.disconnect();
      drawn.dispose();
    };
  });
  return <div ref={box} className="drawing ring-drawing" aria-hidden="true" />;
}
