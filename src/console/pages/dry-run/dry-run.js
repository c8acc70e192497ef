// A dry run: what would happen if somebody called a line, by today's settings.

import { all, post } from "../../app/api.js";
import { phone } from "../../app/format.js";
import { html, useEffect, useRef, useState } from "../../app/html.js";
import { place, usePlaces } from "../../app/places.js";
import { useQuery } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { Empty } from "../../parts/empty.js";
import { Form, numberOrNull, useForm } from "../../parts/form.js";
import { Loading, PageHead } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { learnRules } from "../calls/story.js";
import { TryPlaces } from "../try-it/places.js";
import { Caller, Keys, Reactions } from "./fields.js";
import { Result } from "./result.js";
import { t } from "./texts.js";
import { momentOf, onTheWall } from "./zone.js";

/** @typedef {import("../../app/types").Schema<"LineView">} Line */

export default function DryRun() {
  const [lines, setLines] = useState(/** @type {Line[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const is_allowed = may("manager");
  const load = () => {
    setProblem(null);
    // A watched line's carrier puts calls through by itself: there is nothing to decide.
    Promise.all([all("/v1/lines"), learnRules()]).then(([found]) => setLines(found.filter((line) => !line.is_watched)), setProblem);
  };
  useEffect(() => {
    if (is_allowed) load();
  }, []);
  return html`<${PageHead} title=${t("title")} intro=${t("intro")} />
    <${TryPlaces} here="/dry-run" />
    ${!is_allowed ? html`<div class="note"><p>${t("notAllowed")}</p></div>`
      : problem ? html`<${ProblemNote} of=${problem} again=${load} />`
      : lines === null ? html`<${Loading} />`
      : lines.length === 0 ? html`<${NoLines} />` : html`<${Tried} lines=${lines} />`}`;
}

function NoLines() {
  return html`<${Empty} title=${t("noLines")} hint=${t("noLinesHint")}>
    ${mayForAll("admin") ? html`<a class="button primary" href="/start">${t("start")}</a>` : html`<a class="button" href="/lines">${t("lines")}</a>`}
  <//>`;
}

/** What the API is asked. @param {Record<string, any>} values @param {string | null} at */
function asked(values, at) {
  const reactions = Object.entries(/** @type {Record<string, any>} */ (values.reactions)).filter(([, one]) => one.reaction !== "no_answer");
  return {
    line: values.line,
    from: values.withheld ? "withheld" : values.from.replace(/[\s()/-]/g, ""),
    at,
    digits: values.presses.filter((/** @type {any} */ press) => press.digits).map((/** @type {any} */ press) => ({ after_seconds: Number(press.after) || 0, digits: press.digits.replace(/\s/g, "") })),
    residents: reactions.map(([id, one]) => ({
      ...(id === "concierge" ? {} : { resident: id }), reaction: one.reaction, after_seconds: Number(one.after) || 0,
      ...(one.reaction === "answers" && one.key ? { key: one.key } : {}),
    })),
    leaves_after_seconds: numberOrNull(values.leaves),
  };
}

/** @param {{ lines: Line[] }} properties */
function Tried({ lines }) {
  const [query, change] = useQuery();
  const name = usePlaces();
  const [result, setResult] = useState(/** @type {{ tried: any, of: string } | null} */ (null));
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const wished = query.get("line");
  const line_at_first = lines.some(({ id }) => id === wished) ? wished : (lines[0]?.id ?? "");
  const caller = query.get("from") ?? "";
  const form = useForm(
    { line: line_at_first, from: caller === "withheld" ? "" : caller, withheld: caller === "withheld", at: "", unit: query.get("unit"), presses: [], reactions: {}, leaves: "" },
    async (values) => {
      const body = asked(values, momentOf(values.at, zone));
      const tried = await post("/v1/simulations/call", body);
      change({ line: body.line, from: body.from, at: body.at });
      setResult({ tried, of: JSON.stringify(values) });
      setTimeout(() => heading.current?.focus());
    },
  );
  const line = lines.find(({ id }) => id === form.values.line) ?? null;
  const building = place("building", line?.building_id);
  const zone = building?.time_zone ?? "UTC";
  const wanted_at = query.get("at");
  useEffect(() => {
    // The clock on the wall is known with the building.
    if (!building || form.values.at) return;
    const moment = Date.parse(wanted_at ?? "");
    form.set("at", onTheWall(Number.isNaN(moment) ? Date.now() : moment, zone));
  }, [building]);
  if (!line || !building) return html`<${Loading} />`;
  const label = (/** @type {Line} */ one) => {
    const to = one.unit_id ? name("unit", one.unit_id, one.building_id) : one.entrance_id ? name("entrance", one.entrance_id, one.building_id) : "";
    return [phone(one.number), name("building", one.building_id), to].filter(Boolean).join(" · ");
  };
  return html`<div class="dry-run">
    <section class="card" aria-label=${t("who")}>
      <${Form} of=${form} submit=${t("run")}>
        <${Caller} of=${form} lines=${lines} label=${label} line=${line} zone=${zone} />
        <${Keys} of=${form} />
        <${Reactions} key=${line.id} of=${form} line=${line} building=${building} />
      <//>
    </section>
    <div class="stack">
      <h2 tabindex="-1" ref=${heading}>${t("outcome")}</h2>
      ${result === null ? html`<p class="soft">${t("idle")}</p>` : html`<${Result} tried=${result.tried} is_old=${result.of !== JSON.stringify(form.values)} />`}
    </div>
  </div>`;
}
