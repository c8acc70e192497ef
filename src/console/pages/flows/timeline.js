// A flow in time: when each group rings at the latest, from the first second on. Its words stand beside its bars, so that nobody needs to see them.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { endSentence, gapOf, membersOf, ringSeconds } from "./words.js";

const t = texts({
  en: {
    title: "In time", hint: "At the latest: whoever accepts ends it, and a group that everyone refused is over at once.",
    group: "Group {n}", span: "{from}–{to} s", hours: "in its hours", end: "after {at} s",
  },
  de: {
    title: "Im Zeitverlauf", hint: "Spätestens: Wer annimmt, beendet es, und eine Gruppe, in der alle ablehnen, ist sofort vorbei.",
    group: "Gruppe {n}", span: "{from}–{to} s", hours: "zu ihren Zeiten", end: "nach {at} s",
  },
  fr: {
    title: "Dans le temps", hint: "Au plus tard : qui accepte y met fin, et un groupe que tous refusent se termine aussitôt.",
    group: "Groupe {n}", span: "{from}–{to} s", hours: "à ses heures", end: "après {at} s",
  },
});

/** @param {{ flow: import("./words.js").Flow, known: import("./words.js").Known }} properties */
export function Timeline({ flow, known }) {
  let at = 0;
  const bars = flow.groups.map((group) => {
    const seconds = Math.min(120, Math.max(1, ringSeconds(group) || 1));
    const bar = { group, from: at, seconds };
    at += seconds;
    return bar;
  });
  const share = (/** @type {number} */ seconds) => `${(100 * seconds) / Math.max(1, at)}%`;
  return html`<section class="flow-timeline" aria-label=${t("title")}>
    <p class="name">${t("title")}</p>
    <ol class="plain">
      ${bars.map(({ group, from, seconds }, n) => {
        const gap = gapOf(group);
        const starts = gap ? Array.from({ length: Math.max(1, membersOf(group, known) ?? 1) }, (_, k) => k * gap).filter((start) => start < seconds) : [0];
        return html`<li key=${n}>
          <span class="what">${t("group", { n: n + 1 })}<span class="soft">${t("span", { from, to: from + seconds })}${group.hours && `, ${t("hours")}`}</span></span>
          <span class="track" aria-hidden="true">
            <span class=${group.hours ? "bar sometimes" : "bar"} style=${{ left: share(from), width: share(seconds) }}>
              ${starts.slice(1).map((start) => html`<span class="start" style=${{ left: `${(100 * start) / seconds}%` }}></span>`)}
            </span>
          </span>
        </li>`;
      })}
      <li><span class="what">${endSentence(flow)}<span class="soft">${t("end", { at })}</span></span></li>
    </ol>
    <p class="hint small soft">${t("hint")}</p>
  </section>`;
}
