// A chart in the console's colours: drawn anew when they or its width change; the same numbers stand below it as a table.

import { html, useEffect, useRef, useState } from "../../app/html.js";
import { assets } from "../../app/settings.js";
import { Table } from "../../parts/list.js";
import uPlot from "../../vendor/uplot.js";
import { t } from "./texts.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {(number | null)[]} values one a column
 * @property {"bar" | "line"} kind
 * @property {"accent" | "edge" | "brass" | "danger" | "info"} tone
 * @property {true} [dashed] a line told apart by more than its colour
 * @property {true} [hatched] a bar likewise
 * @property {"total" | "range"} says what is said of it as a whole
 */
/** @typedef {{ columns: { short: string, long: string }[], series: Series[], format: (value: number) => string, top?: number, fixed?: boolean, stacked?: boolean }} Drawn */

/** The library's own stylesheet, before anything is drawn. */
await new Promise((resolve) => {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${assets}/vendor/uplot.css` });
  link.onload = link.onerror = resolve;
  document.head.append(link);
});

const HEIGHT = 200;
const WIDTH_MIN = 200;

/** Counts how often the colours changed. */
function useTheme() {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const again = () => setTurn((turn) => turn + 1);
    const chosen = new MutationObserver(again);
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", again);
    return () => {
      chosen.disconnect();
      system.removeEventListener("change", again);
    };
  }, []);
  return turn;
}

/** Stripes of a colour on the ground. @param {string} colour @param {string} ground */
function stripes(colour, ground) {
  const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  if (!pen) return colour;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colour;
  pen.lineWidth = 2.5;
  for (const at of [-4, 4, 12]) {
    pen.beginPath();
    pen.moveTo(at - 4, 12);
    pen.lineTo(at + 12, -4);
    pen.stroke();
  }
  return pen.createPattern(tile, "repeat") ?? colour;
}

/** The values as they are drawn: of a stack each on top of those before it, the topmost first. @param {Drawn} drawn */
function layers({ series, stacked }) {
  /** No bar for nothing: its edge would be seen. @param {Series} one @param {(number | null)[]} heights */
  const seen = (one, heights) => heights.map((height, n) => (one.kind === "bar" && !one.values[n] ? null : height));
  if (!stacked) return series.map((one) => ({ ...one, heights: seen(one, one.values) }));
  /** @type {number[]} */
  let sums = [];
  const laid = series.map((one) => {
    sums = one.values.map((value, n) => (sums[n] ?? 0) + (value ?? 0));
    return { ...one, heights: seen(one, sums) };
  });
  return laid.reverse();
}

/** @param {HTMLElement} frame @param {Drawn} drawn @param {(column: number | null) => void} onPoint */
function draw(frame, drawn, onPoint) {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const font = `12px ${style.fontFamily}`;
  const axis = { font, stroke: colour("ink-soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.7, 44], radius: 0.08 });
  const shown = layers(drawn);
  return new uPlot(
    {
      width: Math.max(frame.clientWidth, WIDTH_MIN),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: false, range: [-0.6, drawn.columns.length - 0.4] },
        y: { range: (_, __, most) => [0, drawn.fixed ? (drawn.top ?? 1) : Math.max(drawn.top ?? 0, (most ?? 0) * 1.06)] },
      },
      axes: [
        {
          ...axis, grid: { show: false }, size: 28, space: 56, incrs: [1, 2, 3, 4, 6, 7, 10, 14, 21, 28, 56],
          values: (_, at) => at.map((n) => drawn.columns[n]?.short ?? ""),
        },
        {
          ...axis, size: 60, space: 36, incrs: drawn.fixed ? [0.25, 0.5] : [1, 2, 5, 10, 20, 30, 60, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
          values: (_, at) => at.map((value) => drawn.format(value)),
        },
      ],
      series: [
        {},
        ...shown.map(({ kind, tone, dashed, hatched }) => ({
          stroke: colour(tone),
          width: kind === "bar" ? 1 : 2,
          ...(kind === "bar"
            ? { fill: hatched ? () => /** @type {any} */ (stripes(colour(tone), colour("surface"))) : tone === "edge" ? colour("sunken") : colour(tone), paths: bars, points: { show: false } }
            : { dash: dashed && [6, 4], points: { show: true, size: 6, fill: colour("surface"), stroke: colour(tone) } }),
        })),
      ],
      hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
    },
    [drawn.columns.map((_, n) => n), ...shown.map(({ heights }) => heights)],
    frame,
  );
}

/** What the chart shows, in a sentence. @param {string} title @param {Drawn} drawn */
function said(title, { columns, series, format }) {
  const parts = series.map(({ name, values, says }) => {
    const there = /** @type {number[]} */ (values.filter((value) => value !== null));
    if (there.length === 0) return t("seriesNone", { name });
    const [max, min] = [Math.max(...there), Math.min(...there)];
    if (says === "range") return t("seriesRange", { name, min: format(min), max: format(max) });
    const total = there.reduce((sum, value) => sum + value, 0);
    return t("seriesTotal", { name, total: format(total), max: format(max), at: columns[values.indexOf(max)]?.long });
  });
  return t("chartOf", { title, n: columns.length, from: columns[0]?.long, to: columns.at(-1)?.long, series: parts.join("; ") });
}

/** @param {{ title: string, of: Drawn, children?: any }} properties */
export function Chart({ title, of, children }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const theme = useTheme();
  const [column, setColumn] = useState(/** @type {number | null} */ (null));
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const plot = draw(element, of, setColumn);
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: Math.max(element.clientWidth, WIDTH_MIN), height: HEIGHT });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      plot.destroy();
    };
  }, [JSON.stringify([of.columns, of.series]), theme]);
  const value = (/** @type {Series} */ series, /** @type {number} */ n) => {
    const found = series.values[n];
    return found === null || found === undefined ? "–" : of.format(found);
  };
  const pointed = column === null ? null : of.columns[column];
  return html`<section class="card chart">
    <div class="row between"><h2>${title}</h2>${children}</div>
    <ul class="plain legend" aria-hidden="true">
      ${of.series.map(({ name, kind, tone, dashed, hatched }) => html`<li key=${name}>
        <span class=${`swatch ${kind} ${tone} ${dashed ? "dashed" : ""} ${hatched ? "hatched" : ""}`}></span>${name}
      </li>`)}
    </ul>
    <div class="plot" role="img" aria-label=${said(title, of)} ref=${frame}></div>
    <p class="pointed soft small" aria-hidden="true">
      ${pointed && column !== null ? `${pointed.long}: ${of.series.map((series) => `${series.name} ${value(series, column)}`).join(" · ")}` : t("hover")}
    </p>
    <details>
      <summary>${t("asTable")}</summary>
      <${Table} label=${title} items=${of.columns.map((column, n) => ({ ...column, n }))} rowKey=${(/** @type {any} */ row) => String(row.n)}
        columns=${[
          { title: t("from"), cell: (/** @type {any} */ row) => row.long },
          ...of.series.map((series) => ({ title: series.name, class: "number", cell: (/** @type {any} */ row) => value(series, row.n) })),
        ]} />
    </details>
  </section>`;
}
