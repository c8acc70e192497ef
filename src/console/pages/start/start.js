// The first steps: from an empty firm to its first opened door, one thing at a time.

import { get } from "../../app/api.js";
import { phone } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { mayForAll } from "../../app/session.js";
import { hasSimulator } from "../../app/settings.js";
import { Badge } from "../../parts/badge.js";
import { Empty } from "../../parts/empty.js";
import { Icon } from "../../parts/icon.js";
import { Loading, PageHead } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { useStylesheet } from "../../parts/stylesheet.js";
import { triedDoor, TriedDoor } from "../try-it/door.js";
import { stepOf, useProgress } from "./progress.js";
import { BuildingStep, EntranceStep, LineStep, UnitStep } from "./steps.js";
import { t } from "./texts.js";

const LOOK_EVERY_MS = 1500;

export default function Start() {
  const { progress, problem, again } = useProgress();
  const [is_open, setOpen] = useState(false);
  if (!mayForAll("admin")) {
    return html`<${PageHead} title=${t("title")} />
      <${Empty} title=${t("notAllowed")} hint=${t("notAllowedHint")}><a class="button" href="/live">${t("live")}</a><//>`;
  }
  if (!progress) return html`<${PageHead} title=${t("title")} intro=${t("intro")} />${problem ? html`<${ProblemNote} of=${problem} again=${again} />` : html`<${Loading} />`}`;
  const { building, entrance, unit, residents, line } = progress;
  const step = is_open ? 6 : stepOf(progress);
  /** @type {[number, string, string | null, () => any][]} */
  const steps = [
    [1, t("building"), building?.name, () => html`<${BuildingStep} onDone=${again} />`],
    [2, t("entrance"), entrance?.name, () => html`<${EntranceStep} building=${building} onDone=${again} />`],
    [3, t("unit"), unit && `${unit.name}: ${residents.map((resident) => resident.name).join(", ")}`, () => html`<${UnitStep} building=${building} onDone=${again} />`],
    [4, t("line"), line && phone(line.number), () => html`<${LineStep} building=${building} entrance=${entrance} onDone=${again} />`],
    [5, t("ring"), null, () => html`<${RingStep} progress=${progress} onOpened=${() => setOpen(true)} />`],
  ];
  return html`
    <${PageHead} title=${t("title")} intro=${t("intro")} />
    <div role="status">${step === 6 ? html`<${Opened} building=${building} />` : html`<p class="visually-hidden">${t("progress", { n: step })}</p>`}</div>
    <ol class="first-steps plain">
      ${steps.map(([n, title, what, form]) => html`<li key=${n} class=${n < step ? "done" : n === step ? "now" : "later"} aria-current=${n === step ? "step" : undefined}>
        <div class="row">
          <span class="n">${n < step ? html`<${Icon} name="check" />` : n}</span>
          <h2>${title}</h2>
          ${n < step && html`<${Badge} kind="good">${t("done")}<//>`}
          ${n < step && what && html`<span class="soft">${what}</span>`}
        </div>
        ${(n === step || (n === 5 && is_open)) && html`<div class="body">${form()}</div>`}
      </li>`)}
    </ol>`;
}

/** @param {{ progress: import("./progress.js").Progress, onOpened: () => void }} properties */
function RingStep({ progress, onOpened }) {
  const { line } = progress;
  useStylesheet("try-it/try-it.css");
  const [door, setDoor] = useState(/** @type {any} */ (null));
  const [seen, setSeen] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    if (hasSimulator) triedDoor(line).then(setDoor, setProblem);
  }, [line.id]);
  useEffect(() => {
    if (hasSimulator) return undefined;
    const look = async () => {
      const { items } = await get("/v1/calls", { building: progress.building.id, limit: 1 }).catch(() => ({ items: [] }));
      setSeen(items[0] ?? null);
      if (items[0]?.opened_at) onOpened();
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [line.id]);
  if (problem) return html`<${ProblemNote} of=${problem} />`;
  if (hasSimulator) return door ? html`<p>${t("ringHint")}</p><${TriedDoor} door=${door} onOpened=${onOpened} />` : html`<${Loading} />`;
  return html`<p>${t("ringOwn", { number: phone(line.number) })}</p>
    <p role="status" class="soft">${seen ? t("seen", { outcome: seen.outcome ?? "…" }) : t("waiting")}</p>
    <p><a class="button" href=${`/lines/${line.id}`}>${t("check")}</a></p>`;
}

/** @param {{ building: any }} properties */
function Opened({ building }) {
  return html`<div class="note done start-opened"><${Icon} name="open" size=${28} /><div>
    <p><strong>${t("opened")}</strong></p>
    <p>${t("openedHint")}</p>
    <p class="row">
      <a class="button primary" href=${`/buildings/${building.id}/import`}>${t("import")}</a>
      <a class="button" href=${`/buildings/${building.id}`}>${t("more")}</a>
      <a class="button" href="/live">${t("live")}</a>
    </p>
  </div></div>`;
}
