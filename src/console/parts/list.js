// A list that grows page by page: rows of a table, what to say when there are none, and the way to more.

import { html } from "../app/html.js";
import { texts } from "../app/texts.js";
import { Loading } from "./page.js";
import { ProblemNote } from "./problem.js";

const t = texts({
  en: { more: "Show more", loading: "Loading …" },
  de: { more: "Mehr anzeigen", loading: "Wird geladen …" },
  fr: { more: "Afficher plus", loading: "Chargement …" },
});

/**
 * @param {{
 *   label: string,
 *   of: ReturnType<typeof import("../app/data.js").usePages>,
 *   columns: { title: string, class?: string, cell: (item: any) => any }[],
 *   empty: any,
 *   rowKey?: (item: any) => string,
 * }} properties `columns`: the first names its row; `empty` says what to do when there is nothing
 */
export function PagedTable({ label, of, columns, empty, rowKey = (item) => item.id }) {
  if (of.problem && of.items.length === 0) return html`<${ProblemNote} of=${of.problem} again=${of.reload} />`;
  if (of.items.length === 0) return of.loading ? html`<${Loading} />` : empty;
  return html`
    <${Table} label=${label} items=${of.items} columns=${columns} rowKey=${rowKey} />
    ${of.problem && html`<${ProblemNote} of=${of.problem} again=${of.more} />`}
    ${of.hasMore && html`<p class="row center"><button class="button" disabled=${of.loading} onClick=${of.more}>${of.loading ? t("loading") : t("more")}</button></p>`}`;
}

/**
 * A table that turns into cards on a narrow screen.
 *
 * @param {{ label: string, items: any[], columns: { title: string, class?: string, cell: (item: any) => any }[], rowKey?: (item: any) => string }} properties
 */
export function Table({ label, items, columns, rowKey = (item) => item.id }) {
  return html`<div class="table-frame" tabindex="0" role="region" aria-label=${label}>
    <table>
      <thead>
        <tr>${columns.map((column) => (column.title ? html`<th scope="col" class=${column.class}>${column.title}</th>` : html`<td class=${column.class}></td>`))}</tr>
      </thead>
      <tbody>
        ${items.map(
          (item) => html`<tr key=${rowKey(item)}>
            ${columns.map((column, n) =>
              n === 0
                ? html`<th scope="row" class=${column.class}>${column.cell(item)}</th>`
                : html`<td class=${column.class} data-title=${column.title}>${column.cell(item)}</td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
