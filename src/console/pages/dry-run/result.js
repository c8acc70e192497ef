// What a dry run tells: what would come of the call, drawn, and step by step.

import { duration } from "../../app/format.js";
import { html, useMemo } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { Badge } from "../../parts/badge.js";
import { Drawing } from "../calls/drawing.js";
import { modelOfTried, personName } from "../calls/model.js";
import { Steps } from "../calls/steps.js";
import { openerName, storyOfTried } from "../calls/story.js";
import { causeText, kindOf, outcomeText } from "../calls/words.js";
import { lackText, t } from "./texts.js";

/** @param {{ tried: import("../../app/types").Schema<"TriedView">, is_old: boolean }} properties `is_old`: the form says something else by now */
export function Result({ tried, is_old }) {
  const name = usePlaces();
  const whoIs = (/** @type {any} */ who) => personName({ role: who.who, resident: who.resident }, name);
  const names = tried.rings.map(whoIs).join();
  const model = useMemo(() => modelOfTried(tried, (who) => personName(who, name)), [tried, names]);
  const steps = useMemo(() => storyOfTried(tried, name), [tried, names]);
  const opener = /** @type {any} */ (tried.opened_by);
  return html`
    ${is_old && html`<p class="soft">${t("again")}</p>`}
    <section class="card" aria-labelledby="tried">
      <h3 id="tried">${tried.outcome ? html`<${Badge} kind=${kindOf(tried.outcome)}>${outcomeText(tried.outcome)}<//>` : t("goes")}</h3>
      <p class="verdict">
        ${tried.opened ? t("opens", { time: duration(tried.opened_after_seconds ?? 0), name: opener ? openerName(opener, name) : "…" }) : t("stays")}
        ${" "}${typeof tried.over_after_seconds === "number" ? t("would", { time: duration(tried.over_after_seconds) }) : ""}
        ${" "}${tried.cause ? t("why", { cause: causeText(tried.cause) }) : ""}
      </p>
      ${tried.assumed.length > 0 && html`<p class="soft">${t("assumed", { names: tried.assumed.map(whoIs).join(", ") })}</p>`}
      ${tried.degradations.length > 0 && html`<div class="note warn"><div>
        <p><strong>${t("degraded")}</strong></p>
        <ul>${tried.degradations.map((lost) => html`<li>${lackText(lost)}</li>`)}</ul>
      </div></div>`}
    </section>
    <section class="card" aria-labelledby="tried-drawing"><h3 id="tried-drawing">${t("drawing")}</h3><${Drawing} model=${model} /></section>
    <section class="card" aria-labelledby="tried-steps"><h3 id="tried-steps">${t("steps")}</h3><${Steps} steps=${steps} start=${0} nameOf=${whoIs} /></section>`;
}
