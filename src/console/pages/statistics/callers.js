// Callers who are refused most: what they did, whether they are blocked now, and the way to block them or lift that again.

import { all, post } from "../../app/api.js";
import { dateAndTime, phone, since } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { may } from "../../app/session.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Table } from "../../parts/list.js";
import { ProblemNote } from "../../parts/problem.js";
import { toast } from "../../parts/toast.js";
import { BlockDialog } from "../buildings/block-form.js";
import { t } from "./texts.js";

/** @typedef {import("../../app/types").Schema<"SpamCallerView">} Caller */
/** @typedef {import("../../app/types").Schema<"SpamDayView">} SpamDay */
/** @typedef {import("../../app/types").Schema<"BlockView">} Block */

const AT_FIRST = 20;
/** So many buildings' blocks are looked through: those where someone was refused last. */
const BUILDINGS_MAX = 40;
const WITHHELD = "00000000-0000-0000-0000-000000000000";

/** @param {{ caller_id: string, number?: string | null }} caller */
export const callerName = ({ caller_id, number }) => (caller_id === WITHHELD || !number ? t("withheld") : phone(number));

/** Whether it keeps this caller out. @param {Block} block @param {Caller} caller */
function holdsFor(block, caller) {
  if (block.caller_id) return block.caller_id === caller.caller_id;
  if (!block.number || !caller.number?.startsWith("+")) return false;
  return block.kind === "prefix" ? caller.number.startsWith(block.number) : block.number === caller.number;
}

/**
 * The blocks that hold now at these buildings. Not for viewers: the numbers that they see are masked, and do not tell two callers apart.
 *
 * @param {string[]} buildings
 */
function useBlocks(buildings) {
  const [blocks, setBlocks] = useState(/** @type {Block[] | null} */ (null));
  const [turn, setTurn] = useState(0);
  const wanted = may("manager") ? buildings.slice(0, BUILDINGS_MAX) : [];
  useEffect(() => {
    const asked = new AbortController();
    void Promise.all(wanted.map((building) => all(`/v1/buildings/${building}/blocks`, { active: true }, asked.signal, 1000).catch(() => []))).then(
      (lists) => asked.signal.aborted || setBlocks(lists.flat()),
    );
    return () => asked.abort();
  }, [wanted.join(), turn]);
  return { blocks, reload: () => setTurn((turn) => turn + 1) };
}

/** @param {{ caller: Caller, blocks: Block[], onDone: () => void, onClose: () => void }} properties */
function LiftDialog({ caller, blocks, onDone, onClose }) {
  const name = usePlaces();
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState("");
  const lift = async (/** @type {Block} */ block) => {
    setBusy(block.id);
    try {
      await post(`/v1/blocks/${block.id}/lift`);
      toast(t("lifted"));
      onDone();
      if (blocks.length === 1) onClose();
    } catch (error) {
      setProblem(error);
    }
    setBusy("");
  };
  return html`<${Dialog} title=${t("liftTitle", { number: callerName(caller) })} onClose=${onClose}>
    <p class="soft">${t("liftIntro")}</p>
    ${problem && html`<${ProblemNote} of=${problem} />`}
    <ul class="plain stack">
      ${blocks.map((block) => html`<li key=${block.id} class="row between">
        <span>${name("building", block.building_id) ?? "…"} ${block.kind === "prefix" && html`<code>${block.number}…</code>`}
          ${block.reason && html`<span class="soft">${block.reason}</span>`}</span>
        <button class="button" disabled=${busy === block.id} aria-label=${t("liftBlockAt", { building: name("building", block.building_id) ?? "" })}
          onClick=${() => void lift(block)}>${t("lift")}</button>
      </li>`)}
    </ul>
  <//>`;
}

/** @param {{ caller: Caller }} properties */
function Deeds({ caller }) {
  const { calls, rejected, wrong_pins, blocked, lifted } = caller;
  return html`<div class="deeds">
    ${calls > 0 && html`<span>${t("didCalls", { n: calls })}</span>`}
    ${rejected > 0 && html`<strong>${t("didRejected", { n: rejected })}</strong>`}
    ${wrong_pins > 0 && html`<span>${t("didPins", { n: wrong_pins })}</span>`}
    ${blocked > 0 && html`<span>${t("didBlocked", { n: blocked })}</span>`}
    ${lifted > 0 && html`<span>${t("didLifted", { n: lifted })}</span>`}
  </div>`;
}

/** @param {{ callers: Caller[], days: SpamDay[], scope: import("./scope.js").Scope, onChange: () => void }} properties */
export function Callers({ callers, days, scope, onChange }) {
  const [shows_all, setShowsAll] = useState(false);
  const [open, setOpen] = useState(/** @type {{ what: "block" | "lift", caller: Caller } | null} */ (null));
  const { blocks, reload } = useBlocks([...new Set(days.map((day) => day.building_id))]);
  const held = (/** @type {Caller} */ caller) => (blocks ?? []).filter((block) => holdsFor(block, caller));
  const seen = (/** @type {Caller} */ caller) => [...new Set(days.filter((day) => day.caller_id === caller.caller_id).map((day) => day.building_id))];
  const isNumber = (/** @type {Caller} */ caller) => caller.number?.startsWith("+") ?? false;
  const again = () => {
    reload();
    onChange();
  };
  const shown = shows_all ? callers : callers.slice(0, AT_FIRST);
  const lifting = open?.what === "lift" ? held(open.caller) : [];
  const changing = may("manager");
  return html`
    <${Table} label=${t("callers")} items=${shown} rowKey=${(/** @type {Caller} */ caller) => caller.caller_id} columns=${[
      {
        title: t("caller"),
        cell: (/** @type {Caller} */ caller) => html`<span class="nowrap">${callerName(caller)}</span>
          ${caller.caller_id === WITHHELD && html`<div class="soft small">${t("withheldHint")}</div>`}`,
      },
      { title: t("did"), cell: (/** @type {Caller} */ caller) => html`<${Deeds} caller=${caller} />` },
      {
        title: t("lastSeen"),
        cell: (/** @type {Caller} */ caller) => html`<time datetime=${caller.last_seen} title=${dateAndTime(caller.last_seen)}>${since(caller.last_seen)}</time>
          <div class="soft small">${t("buildingsCount", { n: caller.buildings })}</div>`,
      },
      ...(changing
        ? [
            {
              title: t("state"),
              cell: (/** @type {Caller} */ caller) => {
                const n = new Set(held(caller).map((block) => block.building_id)).size;
                if (blocks === null) return "…";
                if (n === 0) return html`<${Badge}>${t("notBlocked")}<//>`;
                return html`<${Badge} kind="bad">${caller.buildings > 1 ? t("isBlockedAt", { n }) : t("isBlocked")}<//>`;
              },
            },
            {
              title: t("actions"),
              cell: (/** @type {Caller} */ caller) => html`<div class="row end">
                ${isNumber(caller) && caller.calls > 0 && html`<a class="button small" href=${`/calls?caller=${encodeURIComponent(String(caller.number))}`}>${t("calls_of")}</a>`}
                ${held(caller).length > 0 && html`<button class="button small" aria-label=${t("liftNumber", { number: callerName(caller) })}
                  onClick=${() => setOpen({ what: "lift", caller })}>${t("lift")}</button>`}
                ${isNumber(caller) && held(caller).length === 0 && html`<button class="button small danger" aria-label=${t("blockNumber", { number: callerName(caller) })}
                  onClick=${() => setOpen({ what: "block", caller })}>${t("block")}</button>`}
              </div>`,
            },
          ]
        : []),
    ]} />
    ${callers.length > shown.length && html`<p class="row center"><button class="button" onClick=${() => setShowsAll(true)}>${t("showAll", { n: callers.length })}</button></p>`}
    ${open?.what === "block" && html`<${BlockDialog} number=${open.caller.number} buildings=${scope.building ? [scope.building] : scope.buildings}
      seen=${scope.building ? [scope.building.id] : seen(open.caller)} onDone=${again} onClose=${() => setOpen(null)} />`}
    ${open && lifting.length > 0 && html`<${LiftDialog} caller=${open.caller} blocks=${lifting} onDone=${again} onClose=${() => setOpen(null)} />`}`;
}
