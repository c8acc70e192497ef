// What happens, sentence by sentence, the newest first.

import { hourAndMinute, timeOfDay } from "../../app/format.js";
import { html, useRef } from "../../app/html.js";
import { door, useNames } from "./places.js";
import { sentence } from "./sentences.js";
import { useTouched } from "./store.js";
import { t } from "./texts.js";

/** @typedef {import("./store.js").Line} Line */

/** From so many calls on nobody could listen to all that happens: it is there to be read, and no longer read out. */
const TOO_MANY_TO_READ_OUT = 6;

/** @param {{ store: import("./store.js").Store, building: string }} properties */
export function Feed({ store, building }) {
  useTouched(store, "feed");
  // A line never changes: what was made of it once is shown again as it is.
  const made = useRef(/** @type {WeakMap<Line, any>} */ (new WeakMap())).current;
  const lines = building ? store.feed.filter(({ change }) => change.building_id === building) : store.feed;
  /** @param {Line} line */
  const shown = (line) => {
    const before = made.get(line);
    if (before) return before;
    const now = html`<${FeedLine} key=${line.n} line=${line} />`;
    made.set(line, now);
    return now;
  };
  return html`<section class="feed" aria-labelledby="feed">
    <h2 id="feed" tabindex="-1">${t("feed")}</h2>
    ${lines.length === 0 && html`<p class="soft">${t("feedEmpty")}</p>`}
    <div class="lines" role="log" aria-labelledby="feed" aria-live=${store.calls.size < TOO_MANY_TO_READ_OUT ? "polite" : "off"} tabindex=${lines.length > 0 ? "0" : undefined}>
      ${lines.length > 0 && html`<ol class="plain">${lines.map(shown)}</ol>`}
    </div>
  </section>`;
}

/** @param {{ line: Line }} properties */
function FeedLine({ line: { change, by } }) {
  const names = useNames(change);
  const place = [door(names), names.building].filter(Boolean).join(", ");
  return html`<li>
    <time class="soft small" datetime=${change.at} title=${hourAndMinute(change.at)}>${timeOfDay(change.at)}</time>
    <div>
      <p>${sentence(change, by)}</p>
      ${place && html`<p class="small"><a href=${`/calls/${change.call_id}`}>${place}</a></p>`}
    </div>
  </li>`;
}
