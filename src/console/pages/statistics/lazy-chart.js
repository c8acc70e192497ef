// A chart, fetched with its library when there is something to draw: the page is there before.

import { html, useEffect, useState } from "../../app/html.js";
import { Loading } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";

/** @type {any} */
let Drawn = null;

/** @param {{ title: string, of: import("./chart.js").Drawn }} properties */
export function Chart(properties) {
  const [, again] = useState(0);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    if (Drawn) return undefined;
    let is_shown = true;
    import("./chart.js").then(
      (module) => {
        Drawn = module.Chart;
        if (is_shown) again(1);
      },
      (error) => is_shown && setProblem(error),
    );
    return () => {
      is_shown = false;
    };
  }, []);
  if (Drawn) return html`<${Drawn} ...${properties} />`;
  return html`<section class="card chart"><h2>${properties.title}</h2>${problem ? html`<${ProblemNote} of=${problem} />` : html`<${Loading} />`}</section>`;
}
