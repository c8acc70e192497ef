// Text that people take elsewhere: a URL, a key that is shown once.

import { html, useState } from "../app/html.js";
import { texts } from "../app/texts.js";
import { Icon } from "./icon.js";

const t = texts({
  en: { copy: "Copy", copied: "Copied" },
  de: { copy: "Kopieren", copied: "Kopiert" },
  fr: { copy: "Copier", copied: "Copié" },
});

/** @param {{ text: string, label: string }} properties */
export function Copyable({ text, label }) {
  const [is_copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      // Without the permission, or without TLS: the text can be marked by hand.
    }
  };
  return html`<span class="copyable">
    <code>${text}</code>
    <button type="button" class="bare" aria-label=${`${t("copy")}: ${label}`} onClick=${copy}>
      <${Icon} name=${is_copied ? "check" : "copy"} /> <span aria-live="polite">${is_copied ? t("copied") : ""}</span>
    </button>
  </span>`;
}
