// A question in front of the page: the browser's own dialog, so that Escape, focus and screen readers work as people know them.

import { html, useEffect, useId, useRef, useState } from "../app/html.js";
import { texts } from "../app/texts.js";
import { Icon } from "./icon.js";
import { ProblemNote } from "./problem.js";

const t = texts({
  en: { close: "Close", cancel: "Cancel" },
  de: { close: "Schließen", cancel: "Abbrechen" },
  fr: { close: "Fermer", cancel: "Annuler" },
});

/** @param {{ title: string, onClose: () => void, children: any, wide?: boolean }} properties shown as long as it is rendered */
export function Dialog({ title, onClose, children, wide = false }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return html`<dialog ref=${dialog} class=${wide ? "wide" : undefined} aria-labelledby=${id}
      onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }}>
    <div class="row between">
      <h2 id=${id}>${title}</h2>
      <button type="button" class="bare" aria-label=${t("close")} onClick=${onClose}><${Icon} name="remove" /></button>
    </div>
    ${children}
  </dialog>`;
}

/**
 * Asks before something that can not be taken back; stays, and says why, if it fails.
 *
 * @param {{ title: string, children: any, yes: string, onYes: () => Promise<unknown>, onClose: () => void, danger?: boolean }} properties
 */
export function Confirm({ title, children, yes, onYes, onClose, danger = true }) {
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [is_busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await onYes();
      onClose();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    ${children}
    ${problem && html`<${ProblemNote} of=${problem} />`}
    <div class="row end">
      <button type="button" class="button" onClick=${onClose}>${t("cancel")}</button>
      <button type="button" class=${danger ? "button danger" : "button primary"} disabled=${is_busy} onClick=${go}>${yes}</button>
    </div>
  <//>`;
}
