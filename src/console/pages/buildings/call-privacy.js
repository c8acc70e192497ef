// Whether a building's managers see whom visits were for: an administrator says so.

import { useData } from "../../app/data.js";
import { html } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Shown } from "../../parts/page.js";
import { Choices } from "./choices.js";

const t = texts({
  en: {
    title: "What managers see of visits", legend: "Whom a visit was for is", shown: "shown", shownHint: "Managers see who was rung, who answered, and all that happened.",
    hidden: "hidden", hiddenHint: "Managers see that there was a visit and what came of it; only administrators see the rest.", readOnly: "An administrator can change this.",
  },
  de: {
    title: "Was die Verwaltung von Besuchen sieht", legend: "Wem ein Besuch galt, wird", shown: "gezeigt", shownHint: "Die Verwaltung sieht, bei wem es klingelte, wer antwortete und was geschah.",
    hidden: "verborgen", hiddenHint: "Die Verwaltung sieht, dass ein Besuch war und was daraus wurde; nur die Administration sieht mehr.", readOnly: "Die Administration kann das ändern.",
  },
  fr: {
    title: "Ce que les gestionnaires voient des visites", legend: "La personne visitée est", shown: "affichée", shownHint: "Les gestionnaires voient qui a été appelé, qui a répondu et tout ce qui s’est passé.",
    hidden: "cachée", hiddenHint: "Les gestionnaires voient qu’il y a eu une visite et son issue ; seuls les administrateurs voient le reste.", readOnly: "Un administrateur peut modifier ceci.",
  },
});

/** @param {{ building: { id: string } }} properties */
export function CallPrivacy({ building }) {
  const path = `/v1/buildings/${building.id}/call-privacy`;
  const privacy = useData(path);
  return html`<section class="card" aria-labelledby="privacy">
    <h2 id="privacy">${t("title")}</h2>
    <${Shown} of=${privacy}>${(/** @type {{ resident_calls: "shown" | "hidden" }} */ data) =>
      may("admin")
        ? html`<${Edit} path=${path} data=${data} etag=${privacy.etag} />`
        : html`<p>${t("legend")} <strong>${t(data.resident_calls)}</strong>. ${t(/** @type {any} */ (`${data.resident_calls}Hint`))}</p><p class="soft small">${t("readOnly")}</p>`}
    <//>
  </section>`;
}

/** @param {{ path: string, data: any, etag: string | null }} properties */
function Edit({ path, data, etag }) {
  const draft = useEdit({ path, thing: data, etag, values: ({ resident_calls }) => ({ resident_calls }), body: (values) => values });
  return html`<${EditForm} of=${draft} labels=${{ resident_calls: t("legend") }}>
    <${Choices} of=${draft} name="resident_calls" legend=${t("legend")} options=${[
      { value: "shown", text: t("shown"), hint: t("shownHint") },
      { value: "hidden", text: t("hidden"), hint: t("hiddenHint") },
    ]} />
  <//>`;
}
