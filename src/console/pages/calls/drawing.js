// A call on a time axis: a lane for each phone, the door as a line through all of them; beside it the same as a table.

import { duration } from "../../app/format.js";
import { html, useEffect, useId, useRef, useState } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { momentsOf, spanTexts } from "./model.js";

/** @typedef {import("./model.js").Model} Model */

const t = texts({
  en: {
    drawing: "Who rang, talked and opened, on a time axis of {length}", moments: "The drawing as a table", when: "When", who: "Who", what: "What",
    everyone: "The door",
  },
  de: {
    drawing: "Wer klingelte, sprach und öffnete, auf einer Zeitachse von {length}", moments: "Die Zeichnung als Tabelle", when: "Wann", who: "Wer", what: "Was",
    everyone: "Die Tür",
  },
  fr: {
    drawing: "Qui a sonné, parlé et ouvert, sur un axe de temps de {length}", moments: "Le dessin sous forme de tableau", when: "Quand", who: "Qui", what: "Quoi",
    everyone: "La porte",
  },
});

const HEAD = 26;
const FOOT = 26;
const LANE = 50;
const BAR = 22;
const SIDE = 12;
/** Narrower than that nothing can be read: it is moved sideways in its frame then. */
const NARROWEST = 480;
/** Seconds between two lines of the axis. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** @param {import("preact").RefObject<HTMLElement> | { current: HTMLElement | null }} frame */
function useWidth(frame) {
  const [width, setWidth] = useState(NARROWEST);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return Math.max(NARROWEST, Math.floor(width));
}

/** @param {{ model: Model, cursor?: number | null }} properties `cursor`: a moment to point at */
export function Drawing({ model, cursor = null }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const id = useId();
  const width = useWidth(frame);
  const length = Math.max(1, model.end - model.start);
  const x = (/** @type {number} */ at) => SIDE + ((Math.min(Math.max(at, model.start), model.end) - model.start) / length) * (width - 2 * SIDE);
  const height = HEAD + model.lanes.length * LANE + FOOT;
  const wanted = length / 1000 / Math.max(4, Math.floor(width / 110));
  const step = STEPS.find((seconds) => seconds >= wanted) ?? 86_400;
  const ticks = Array.from({ length: Math.floor(length / 1000 / step) + 1 }, (_, n) => n * step);
  const kinds = [...new Set(model.lanes.flatMap((lane) => lane.spans.map((span) => span.kind)))];
  useEffect(() => {
    const scroller = frame.current;
    if (!scroller || cursor === null || scroller.scrollWidth <= scroller.clientWidth) return;
    const at = x(cursor);
    if (at < scroller.scrollLeft + 20 || at > scroller.scrollLeft + scroller.clientWidth - 20) scroller.scrollLeft = at - scroller.clientWidth / 2;
  }, [cursor, width]);
  return html`<figure class="drawing">
    <div class="drawing-frame">
      <div class="drawing-scroller" tabindex="0" role="region" aria-label=${t("drawing", { length: duration(length / 1000) })} ref=${frame}>
        <svg role="img" aria-label=${t("drawing", { length: duration(length / 1000) })} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>
          <${Patterns} id=${id} />
          ${ticks.map((tick) => html`<g key=${tick} class="tick">
            <line x1=${x(model.start + tick * 1000)} x2=${x(model.start + tick * 1000)} y1=${HEAD} y2=${height - FOOT} />
            <text x=${x(model.start + tick * 1000)} y=${height - 8} text-anchor=${tick === 0 ? "start" : x(model.start + tick * 1000) > width - 30 ? "end" : "middle"}>${duration(tick)}</text>
          </g>`)}
          ${model.lanes.map((lane, n) => html`<${Bars} key=${lane.id} lane=${lane} top=${HEAD + n * LANE} x=${x} id=${id} />`)}
          ${model.marks.map((mark) => html`<g key=${`${mark.kind}${mark.at}`} class=${`through ${mark.kind}`}>
            <line x1=${x(mark.at)} x2=${x(mark.at)} y1=${HEAD - 4} y2=${height - FOOT} />
            <text x=${x(mark.at)} y="15" text-anchor=${x(mark.at) > width * 0.7 ? "end" : x(mark.at) < width * 0.2 ? "start" : "middle"}>${mark.text}</text>
            <path d=${`M${x(mark.at) - 5} ${HEAD - 6}h10l-5 7z`} />
          </g>`)}
          ${cursor !== null && html`<line class="cursor" x1=${x(cursor)} x2=${x(cursor)} y1=${HEAD - 4} y2=${height - FOOT} />`}
        </svg>
      </div>
      <div class="lane-names" aria-hidden="true">
        ${model.lanes.map((lane, n) => html`<span key=${lane.id} style=${{ top: `${HEAD + n * LANE + 3}px` }}>${lane.label}</span>`)}
      </div>
    </div>
    ${kinds.length > 0 && html`<figcaption class="legend">
      ${kinds.map((kind) => html`<span key=${kind}><svg width="26" height="14" aria-hidden="true"><rect class=${`span ${kind}`} x="1" y="1" width="24" height="12" rx="3" />${pattern(id, kind, 1, 1, 24, 12)}</svg> ${spanTexts[kind]}</span>`)}
    </figcaption>`}
    <details class="moments">
      <summary>${t("moments")}</summary>
      <${Moments} model=${model} />
    </details>
  </figure>`;
}

/** What is drawn over a span, so that it is known without its colour. @param {string} id @param {string} kind @param {number} x @param {number} y @param {number} width @param {number} height */
function pattern(id, kind, x, y, width, height) {
  const name = { ringing: "stripes", muted: "dots", held: "bars" }[kind];
  return name && html`<rect x=${x} y=${y} width=${width} height=${height} rx="3" fill=${`url(#${id}-${name})`} />`;
}

/** @param {{ id: string }} properties */
function Patterns({ id }) {
  return html`<defs>
    <pattern id=${`${id}-stripes`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="texture" width="2.5" height="7" /></pattern>
    <pattern id=${`${id}-dots`} width="6" height="6" patternUnits="userSpaceOnUse"><circle class="texture light" cx="3" cy="3" r="1.300" /></pattern>
    <pattern id=${`${id}-bars`} width="8" height="8" patternUnits="userSpaceOnUse"><rect class="texture" width="3" height="8" /></pattern>
  </defs>`;
}

/** @param {{ lane: import("./model.js").Lane, top: number, x: (at: number) => number, id: string }} properties */
function Bars({ lane, top, x, id }) {
  const y = top + LANE - BAR - 4;
  return html`<g class="lane">
    <line class="base" x1=${x(-Infinity)} x2=${x(Infinity)} y1=${y + BAR / 2} y2=${y + BAR / 2} />
    ${lane.spans.map((span) => {
      const [left, wide] = [x(span.from), Math.max(2, x(span.to) - x(span.from))];
      const fits = wide > span.text.length * 7.5 + 10;
      return html`<g key=${`${span.kind}${span.from}`}>
        <title>${span.text}</title>
        <rect class=${`span ${span.kind}`} x=${left} y=${y} width=${wide} height=${BAR} rx="3" />
        ${pattern(id, span.kind, left, y, wide, BAR)}
        ${fits && html`<text class=${`of ${span.kind}`} x=${left + 7} y=${y + 15.5}>${span.text}</text>`}
      </g>`;
    })}
    ${lane.marks.map((mark) => html`<g key=${`${mark.kind}${mark.at}`} class=${`mark ${mark.kind}`}>
      <title>${mark.text}</title>
      ${mark.kind === "accepted"
        ? html`<circle cx=${x(mark.at)} cy=${y + BAR / 2} r="7" /><path d=${`M${x(mark.at) - 3} ${y + BAR / 2}l2.200 2.400 4-4.600`} />`
        : html`<path d=${`M${x(mark.at) - 4} ${y + BAR / 2 - 4}l8 8m0-8l-8 8`} />`}
    </g>`)}
  </g>`;
}

/** @param {{ model: Model }} properties */
function Moments({ model }) {
  return html`<table>
    <thead><tr><th scope="col">${t("when")}</th><th scope="col">${t("who")}</th><th scope="col">${t("what")}</th></tr></thead>
    <tbody>
      ${momentsOf(model).map((moment, n) => html`<tr key=${n}>
        <th scope="row" class="number">${duration((moment.at - model.start) / 1000)}</th><td>${moment.who || t("everyone")}</td><td>${moment.text}</td>
      </tr>`)}
    </tbody>
  </table>`;
}
