// Try it: a door's panel and its residents' phones in the browser, over the simulated carrier.

import { phone as readable } from "../../app/format.js";
import { usePages } from "../../app/data.js";
import { html, useEffect, useState } from "../../app/html.js";
import { useQuery } from "../../app/router.js";
import { may } from "../../app/session.js";
import { hasSimulator } from "../../app/settings.js";
import { Empty } from "../../parts/empty.js";
import { Loading, PageHead } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { triedDoor, TriedDoor } from "./door.js";
import { TryPlaces } from "./places.js";
import { t } from "./texts.js";

export default function TryIt() {
  const lines = usePages(hasSimulator ? "/v1/lines" : null, { limit: 100 });
  const [query, setQuery] = useQuery();
  const doors = lines.items.filter((line) => line.entrance_id || line.unit_id);
  const chosen = doors.find((line) => line.id === query.get("line")) ?? doors[0] ?? null;
  const [door, setDoor] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    let is_current = true;
    setDoor(null);
    if (chosen) triedDoor(chosen).then((door) => is_current && setDoor(door), setProblem);
    return () => {
      is_current = false;
    };
  }, [chosen?.id]);

  return html`
    <${PageHead} title=${t("title")} intro=${hasSimulator ? t("intro") : undefined} />
    <${TryPlaces} here="/try-it" />
    ${!hasSimulator && html`<${Empty} title=${t("none")} hint=${t("noneHint")}><a class="button primary" href="/dry-run">${t("dryRun")}</a><//>`}
    ${(lines.problem || problem) && html`<${ProblemNote} of=${lines.problem ?? problem} />`}
    ${hasSimulator && !chosen && !lines.loading && !lines.problem && html`<${Empty} title=${t("noDoors")} hint=${t("noDoorsHint")}>
      ${may("admin") && html`<a class="button primary" href="/start">${t("firstSteps")}</a>`}
      <a class="button" href="/dry-run">${t("dryRun")}</a>
    <//>`}
    ${doors.length > 1 && html`<div class="filters"><div class="field">
      <label for="door">${t("door")}</label>
      <select id="door" value=${chosen?.id} onChange=${(/** @type {any} */ event) => setQuery({ line: event.currentTarget.value })}>
        ${doors.map((line) => html`<option key=${line.id} value=${line.id}>${readable(line.number)}</option>`)}
      </select>
    </div></div>`}
    ${hasSimulator && lines.loading && html`<${Loading} />`}
    ${door && html`<${TriedDoor} key=${door.line.id} door=${door} />`}`;
}
