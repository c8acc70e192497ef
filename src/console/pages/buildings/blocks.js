// A building's blocks: who may not ring, why, until when, and who said so.

import { post } from "../../app/api.js";
import { useData, usePages } from "../../app/data.js";
import { dateAndTime, phone, since } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { useQuery } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Confirm } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, useForm } from "../../parts/form.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { useActors } from "../firm/actors.js";
import { BlockDialog } from "./block-form.js";
import { e164 } from "./numbers.js";
import { BuildingPlaces } from "./places.js";

const t = texts({
  en: {
    title: "Blocks", intro: "Blocked callers are turned away at once, and nobody is rung. Whoever gives too many wrong PINs is blocked by itself for a while; you block others here. A lifted block ends at once.",
    add: "Block a number", caller: "Caller", why: "Why", until: "Until", state: "Now", actions: "Actions", lift: "Lift", show: "Show", active: "Holding now", all: "All, past ones too", find: "Find a number", findHint: "Also finds the beginnings that block it.", search: "Find",
    prefix: "all that begin with {number}", automatic: "too many wrong PINs", noReason: "no reason given", never: "until it is lifted", ended: "ended {when}", liftedAt: "lifted {when}", holds: "holds", expired: "over", liftedState: "lifted",
    by: "blocked {when} by {who}", byNobody: "blocked {when}", pins: "all PINs at {entrance}", withheld: "callers who hide their number",
    empty: "Nobody is blocked here", emptyHint: "Block a number that keeps ringing for no good reason. The spam page shows who is turned away most.", emptyFound: "No block holds for this number", emptyFoundHint: "Show past ones too, or block it.", emptyViewer: "Managers of your firm can block numbers here.", spam: "To the spam page",
    liftTitle: "Lift the block of {number}?", liftText: "This caller may ring again at once, as any other. Wrong PINs that were counted are forgotten.", liftPins: "Take PINs again at {entrance}?", liftPinsText: "PINs are looked at there again at once. Wrong ones that were counted are forgotten.", lifted: "The block is lifted.", liftOf: "Lift the block of {number}", clear: "Clear",
    masked: "Your role sees masked numbers, and can not block.",
  },
  de: {
    title: "Sperren", intro: "Gesperrte Anrufer werden sofort abgewiesen, und bei niemandem klingelt es. Wer zu viele falsche PINs eingibt, wird von selbst für eine Weile gesperrt; andere sperren Sie hier. Eine aufgehobene Sperre endet sofort.",
    add: "Nummer sperren", caller: "Anrufer", why: "Warum", until: "Bis", state: "Jetzt", actions: "Aktionen", lift: "Aufheben", show: "Anzeigen", active: "Jetzt gültige", all: "Alle, auch vergangene", find: "Nummer suchen", findHint: "Findet auch Anfänge, die sie sperren.", search: "Suchen",
    prefix: "alle, die mit {number} beginnen", automatic: "zu viele falsche PINs", noReason: "ohne Grund", never: "sie aufgehoben wird", ended: "endete {when}", liftedAt: "aufgehoben {when}", holds: "gilt", expired: "vorbei", liftedState: "aufgehoben",
    by: "gesperrt {when} von {who}", byNobody: "gesperrt {when}", pins: "alle PINs an: {entrance}", withheld: "Anrufer mit unterdrückter Nummer",
    empty: "Niemand ist hier gesperrt", emptyHint: "Sperren Sie eine Nummer, die ohne guten Grund immer wieder klingelt. Die Spam-Seite zeigt, wer am häufigsten abgewiesen wird.", emptyFound: "Für diese Nummer gilt keine Sperre", emptyFoundHint: "Zeigen Sie auch vergangene an, oder sperren Sie sie.", emptyViewer: "Verwalter Ihrer Firma können hier Nummern sperren.", spam: "Zur Spam-Seite",
    liftTitle: "Sperre von {number} aufheben?", liftText: "Dieser Anrufer darf sofort wieder klingeln wie jeder andere. Gezählte falsche PINs sind vergessen.", liftPins: "PINs wieder annehmen an: {entrance}?", liftPinsText: "Dort werden PINs sofort wieder geprüft. Gezählte falsche PINs sind vergessen.", lifted: "Die Sperre ist aufgehoben.", liftOf: "Sperre von {number} aufheben", clear: "Leeren",
    masked: "Ihre Rolle sieht verkürzte Nummern und kann nicht sperren.",
  },
  fr: {
    title: "Blocages", intro: "Les appelants bloqués sont refusés aussitôt, et personne n’est appelé. Trop de codes erronés bloquent d’eux-mêmes pour un temps ; vous bloquez les autres ici. Un blocage levé prend fin aussitôt.",
    add: "Bloquer un numéro", caller: "Appelant", why: "Motif", until: "Jusqu’à", state: "Maintenant", actions: "Actions", lift: "Lever", show: "Afficher", active: "En vigueur", all: "Tous, même passés", find: "Chercher un numéro", findHint: "Trouve aussi les débuts qui le bloquent.", search: "Chercher",
    prefix: "tous ceux qui commencent par {number}", automatic: "trop de codes erronés", noReason: "sans motif", never: "ce qu’il soit levé", ended: "terminé {when}", liftedAt: "levé {when}", holds: "en vigueur", expired: "terminé", liftedState: "levé",
    by: "bloqué {when} par {who}", byNobody: "bloqué {when}", pins: "tous les codes à : {entrance}", withheld: "appelants en numéro masqué",
    empty: "Personne n’est bloqué ici", emptyHint: "Bloquez un numéro qui sonne sans cesse sans raison. La page des indésirables montre les plus refusés.", emptyFound: "Aucun blocage pour ce numéro", emptyFoundHint: "Affichez aussi les blocages passés, ou bloquez-le.", emptyViewer: "Les gestionnaires de votre société peuvent bloquer des numéros ici.", spam: "Vers les indésirables",
    liftTitle: "Lever le blocage du {number} ?", liftText: "Cet appelant pourra sonner aussitôt, comme tout autre. Les codes erronés comptés sont oubliés.", liftPins: "Accepter de nouveau les codes à : {entrance} ?", liftPinsText: "Les codes y sont de nouveau vérifiés aussitôt. Les codes erronés comptés sont oubliés.", lifted: "Le blocage est levé.", liftOf: "Lever le blocage du {number}", clear: "Effacer",
    masked: "Votre rôle voit des numéros abrégés et ne peut pas bloquer.",
  },
});

/** @typedef {import("../../app/types").Schema<"BlockView">} Block */

/** @param {Block} block @param {number} now */
function stateOf(block, now) {
  if (block.lifted_at) return "liftedState";
  return block.expires_at && Date.parse(block.expires_at) <= now ? "expired" : "holds";
}

/** @param {Block} block @param {ReturnType<typeof usePlaces>} name */
const entranceOf = (block, name) => name("entrance", block.entrance_id, block.building_id) ?? "…";

/** Whom it keeps out. @param {Block} block @param {ReturnType<typeof usePlaces>} name */
function whom(block, name) {
  if (block.entrance_id) return t("pins", { entrance: entranceOf(block, name) });
  if (block.kind === "prefix") return t("prefix", { number: block.number });
  return block.number ? phone(block.number) : t("withheld");
}

/** Nobody set it: too many wrong PINs did. @param {Block} block */
const byItself = (block) => block.kind === "automatic" || block.kind === "entrance";

/** @param {Block} block @param {number} now */
function ends(block, now) {
  if (block.lifted_at) return t("liftedAt", { when: dateAndTime(block.lifted_at) });
  if (!block.expires_at) return t("never");
  const when = dateAndTime(block.expires_at);
  return Date.parse(block.expires_at) <= now ? t("ended", { when }) : html`${when} <span class="soft">(${since(block.expires_at, now)})</span>`;
}

/** Whose word each block was, as far as the audit tells (it tells admins only). @param {string} building */
function useBlockers(building) {
  const entries = useData(mayForAll("admin") ? `/v1/audit?resource=block&action=created&building=${building}&limit=200` : null);
  const actor = useActors();
  const by = new Map((entries.data?.items ?? []).map((/** @type {any} */ entry) => [entry.resource_id, entry]));
  return { reload: entries.reload, who: (/** @type {Block} */ block) => (by.has(block.id) ? actor(by.get(block.id)) : null) };
}

/** @param {{ params: { id: string } }} properties */
export default function Blocks({ params: { id } }) {
  const building = useData(`/v1/buildings/${id}`);
  const [query, change] = useQuery();
  const [number, shows_all] = [query.get("number"), query.get("show") === "all"];
  const list = usePages(building.data && `/v1/buildings/${id}/blocks`, { number, active: shows_all ? null : true });
  const blockers = useBlockers(id);
  const name = usePlaces();
  const [is_adding, setAdding] = useState(false);
  const [lifting, setLifting] = useState(/** @type {Block | null} */ (null));
  const draft = useForm({ number: number ?? "" }, async (values) => change({ number: e164(values.number, building.data?.region) }));
  const now = Date.now();
  const again = () => {
    list.reload();
    blockers.reload();
  };
  const button = may("manager") && html`<button class="button primary" onClick=${() => setAdding(true)}>${t("add")}</button>`;
  const empty = number
    ? html`<${Empty} title=${t("emptyFound")} hint=${t("emptyFoundHint")}>${button}<//>`
    : html`<${Empty} title=${t("empty")} hint=${may("manager") ? t("emptyHint") : t("emptyViewer")}>${button}<a class="button" href=${`/spam?building=${id}`}>${t("spam")}</a><//>`;
  const wrong = list.problem && "fields" in list.problem ? list.problem.fields.find(({ field }) => field === "number")?.message : undefined;
  return html`<${Shown} page of=${building}>${(/** @type {any} */ building) => html`
    <${PageHead} title=${t("title")} intro=${t("intro")} back=${{ to: `/buildings/${id}`, text: building.name }} actions=${list.items.length > 0 && button} />
    <${BuildingPlaces} id=${id} here="blocks" />
    ${!may("manager") && html`<p class="soft small">${t("masked")}</p>`}
    <form class="filters" role="search" novalidate onSubmit=${draft.submit}>
      <div class="field">
        <label for="show-blocks">${t("show")}</label>
        <select id="show-blocks" value=${shows_all ? "all" : ""} onChange=${(/** @type {any} */ event) => change({ show: event.currentTarget.value })}>
          <option value="">${t("active")}</option>
          <option value="all">${t("all")}</option>
        </select>
      </div>
      <${Field} of=${{ ...draft, wrong: wrong ? { number: wrong } : {} }} name="number" label=${t("find")} type="search" autocomplete="off" placeholder="+44…" title=${t("findHint")} />
      <button class="button">${t("search")}</button>
      ${number && html`<button type="button" class="button" onClick=${() => { draft.set("number", ""); change({ number: null }); }}>${t("clear")}</button>`}
    </form>
    <${PagedTable} label=${t("title")} of=${list} empty=${empty} columns=${[
      { title: t("caller"), cell: (/** @type {Block} */ block) => whom(block, name) },
      {
        title: t("why"),
        cell: (/** @type {Block} */ block) => {
          const who = blockers.who(block);
          const when = since(block.created_at, now);
          return html`<div>${byItself(block) ? t("automatic") : block.reason || html`<span class="soft">${t("noReason")}</span>`}</div>
            <div class="soft small" title=${dateAndTime(block.created_at)}>${who && !byItself(block) ? t("by", { when, who }) : t("byNobody", { when })}</div>`;
        },
      },
      { title: t("until"), cell: (/** @type {Block} */ block) => ends(block, now) },
      { title: t("state"), cell: (/** @type {Block} */ block) => {
        const state = stateOf(block, now);
        return html`<${Badge} kind=${state === "holds" ? "bad" : "plain"}>${t(state)}<//>`;
      } },
      ...(may("manager")
        ? [{
            title: t("actions"),
            cell: (/** @type {Block} */ block) => stateOf(block, now) === "holds" &&
              html`<button class="button small" aria-label=${t("liftOf", { number: whom(block, name) })} onClick=${() => setLifting(block)}>${t("lift")}</button>`,
          }]
        : []),
    ]} />
    ${is_adding && html`<${BlockDialog} buildings=${[building]} onDone=${again} onClose=${() => setAdding(false)} />`}
    ${lifting && html`<${Confirm} title=${lifting.entrance_id ? t("liftPins", { entrance: entranceOf(lifting, name) }) : t("liftTitle", { number: whom(lifting, name) })} yes=${t("lift")} danger=${false} onClose=${() => setLifting(null)}
      onYes=${async () => {
        await post(`/v1/blocks/${lifting.id}/lift`);
        toast(t("lifted"));
        again();
      }}><p>${lifting.entrance_id ? t("liftPinsText") : t("liftText")}</p><//>`}
  `}<//>`;
}
