/** The drawing itself: SVG, our colours, each line labelled at its end. */
import { LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { time } from "../../shared/format.ts";
import { value } from "../theme.ts";
import type { Line } from "./series.tsx";

use([LineChart, GridComponent, TooltipComponent, SVGRenderer]);

const WIDE = 2;

function options(at: string[], lines: Line[], clock: number) {
  const [ink, axis, grid] = [value("ink"), value("chart-axis"), value("chart-grid")];
  const font = { fontFamily: value("font"), fontSize: 12, color: axis };
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !isStill,
    animationDurationUpdate: 200,
    textStyle: { fontFamily: value("font") },
    grid: { left: 48, right: 72, top: 16, bottom: 28 },
    tooltip: {
      trigger: "axis",
      backgroundColor: value("tip"),
      borderWidth: 0,
      textStyle: { color: value("on-tip"), fontSize: 12 },
    },
    xAxis: {
      type: "category",
      data: at.map((when) => time(when).slice(0, clock)),
      axisLine: { lineStyle: { color: grid } },
      axisTick: { show: false },
      axisLabel: { ...font, hideOverlap: true },
    },
    yAxis: { type: "value", min: 0, axisLabel: font, splitLine: { lineStyle: { color: grid } } },
    series: lines.map((line) => ({
      type: "line",
      name: line.name,
      data: line.values,
      showSymbol: false,
      connectNulls: false,
      lineStyle: { width: WIDE, type: line.dash, color: value(`chart-${line.colour}`) },
      itemStyle: { color: value(`chart-${line.colour}`) },
      endLabel: {
        show: true,
        formatter: "{a}",
        color: ink,
        fontWeight: 600,
        fontSize: 12,
      },
      labelLayout: { moveOverlap: "shiftY" },
    })),
  };
}

/** `clock`: how much of a time is written: "14:08" (5) or with its seconds (8). */
export function Lines({ at, lines, clock = 8 }: { at: string[]; lines: Line[]; clock?: 5 | 8 }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  useEffect(() => {
    if (!box.current) return;
    const drawn = init(box.current, undefined, { renderer: "svg" });
    chart.current = drawn;
    const size = new ResizeObserver(() => drawn.resize());
    size.observe(box.current);
    return () => {
      size.disconnect();
      drawn.dispose();
      chart.current = undefined;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(options(at, lines, clock));
  });
  return <div ref={box} className="drawing" aria-hidden="true" />;
}
