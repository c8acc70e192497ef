// The proof that the audit is whole: its signed checkpoints, and the files by which anybody can verify it.

import { download, get, request } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { count, dateAndTime } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { may } from "../../app/session.js";
import { Copyable } from "../../parts/copy.js";
import { PagedTable } from "../../parts/list.js";
import { toastProblem } from "../../parts/toast.js";
import { t } from "./audit-words.js";

/** @typedef {import("../../app/types").Schema<"CheckpointView">} Checkpoint */

const CHAIN = "audit-chain.ndjson";
const KEYS = "vestibule-audit.json";

/** The whole chain: pages put one after the other are one. */
async function wholeChain() {
  const pages = [];
  for (let after = 0; ; ) {
    const page = String(await request("/v1/audit/chain", { query: { after }, accept: "application/x-ndjson" }));
    pages.push(page);
    const end = JSON.parse(page.trimEnd().split("\n").at(-1) ?? "{}");
    if (!end.more || end.at.position <= after) return pages.join("");
    after = end.at.position;
  }
}

export function Chain() {
  const checkpoints = usePages("/v1/audit/checkpoints", { limit: 5 });
  const [is_busy, setBusy] = useState(false);
  const save = async (/** @type {() => Promise<void>} */ work) => {
    setBusy(true);
    try {
      await work();
    } catch (problem) {
      toastProblem(problem);
    }
    setBusy(false);
  };
  const saveChain = async () => download(CHAIN, await wholeChain(), "application/x-ndjson");
  const saveKeys = async () => download(KEYS, JSON.stringify(await get("/.well-known/vestibule-audit.json"), null, 2), "application/json");
  return html`<section class="card">
    <h2>${t("chain")}</h2>
    <p>${t("chainIntro")}</p>
    <p>${t("verify")}</p>
    <p><${Copyable} text=${`vestibule audit verify ${CHAIN} --key ${KEYS}`} label=${t("command")} /></p>
    <p class="row">
      <button class="button" disabled=${is_busy || !may("owner")} title=${may("owner") ? undefined : t("ownerOnly")} onClick=${() => void save(saveChain)}>${is_busy ? t("saving") : t("saveChain")}</button>
      <button class="button" disabled=${is_busy} onClick=${() => void save(saveKeys)}>${t("saveKeys")}</button>
      ${!may("owner") && html`<span class="soft small">${t("ownerOnly")}</span>`}
    </p>
    <h3>${t("checkpoints")}</h3>
    <${PagedTable} label=${t("checkpoints")} of=${checkpoints} empty=${html`<p class="soft">${t("noCheckpoints")}</p>`} columns=${[
      { title: t("signedAt"), class: "nowrap", cell: (/** @type {Checkpoint} */ one) => dateAndTime(one.signed_at) },
      { title: t("events"), class: "number", cell: (/** @type {Checkpoint} */ one) => count(one.events) },
      { title: t("hash"), cell: (/** @type {Checkpoint} */ one) => html`<${Copyable} text=${one.hash} label=${t("hash")} />` },
      { title: t("key"), cell: (/** @type {Checkpoint} */ one) => html`<code>${one.key_id}</code>` },
    ]} />
  </section>`;
}
