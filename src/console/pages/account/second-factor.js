// The second factor: an app whose code is asked for at each sign-in, set up in three steps, and recovery codes for when it is lost.

import { post } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { meetAgain } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Copyable } from "../../parts/copy.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { Shown } from "../../parts/page.js";
import { PasswordField } from "../../parts/password.js";
import { toast } from "../../parts/toast.js";
import { QrCode } from "./qr.js";
import { RecoveryCodes } from "./recovery-codes.js";

const t = texts({
  en: {
    title: "Second factor", on: "On", off: "Off", why: "With a code from your phone, a password that somebody learned is not enough to open your doors.",
    setUp: "Set up", prove: "First, your password once more.", password: "Password", goOn: "Continue",
    scan: "Scan this with an authenticator app, then enter the six digits that it shows.", qr: "QR code for the authenticator app", byHand: "No camera? Type this key into the app:", secret: "Key", open: "Open it in the app on this device",
    code: "Code from the app", confirm: "Turn on", isOn: "The second factor is on.",
    left: { one: "One recovery code is left.", other: "{n} recovery codes are left." }, few: "Get other ones before the last is used up.",
    replace: "Get other recovery codes", replaceHint: "The codes before are void then.", anyCode: "Code from the app, or a recovery code", replaceGo: "Get codes",
    disable: "Turn off", disableHint: "The password alone signs you in then.", isOff: "The second factor is off.", cancel: "Cancel",
  },
  de: {
    title: "Zweiter Faktor", on: "Ein", off: "Aus", why: "Mit einem Code von Ihrem Telefon reicht ein Passwort, das jemand erfahren hat, nicht, um Ihre Türen zu öffnen.",
    setUp: "Einrichten", prove: "Zuerst noch einmal Ihr Passwort.", password: "Passwort", goOn: "Weiter",
    scan: "Scannen Sie dies mit einer Authenticator-App und geben Sie dann die sechs Ziffern ein, die sie zeigt.", qr: "QR-Code für die Authenticator-App", byHand: "Keine Kamera? Tippen Sie diesen Schlüssel in die App:", secret: "Schlüssel", open: "In der App auf diesem Gerät öffnen",
    code: "Code aus der App", confirm: "Einschalten", isOn: "Der zweite Faktor ist eingeschaltet.",
    left: { one: "Ein Wiederherstellungscode ist übrig.", other: "{n} Wiederherstellungscodes sind übrig." }, few: "Holen Sie neue, bevor der letzte verbraucht ist.",
    replace: "Neue Wiederherstellungscodes", replaceHint: "Die bisherigen gelten dann nicht mehr.", anyCode: "Code aus der App oder ein Wiederherstellungscode", replaceGo: "Codes holen",
    disable: "Ausschalten", disableHint: "Das Passwort allein meldet Sie dann an.", isOff: "Der zweite Faktor ist ausgeschaltet.", cancel: "Abbrechen",
  },
  fr: {
    title: "Second facteur", on: "Activé", off: "Désactivé", why: "Avec un code de votre téléphone, un mot de passe appris par quelqu’un ne suffit pas pour ouvrir vos portes.",
    setUp: "Configurer", prove: "D’abord, votre mot de passe encore une fois.", password: "Mot de passe", goOn: "Continuer",
    scan: "Scannez ceci avec une application d’authentification, puis saisissez les six chiffres qu’elle affiche.", qr: "Code QR pour l’application d’authentification", byHand: "Pas d’appareil photo ? Saisissez cette clé dans l’application :", secret: "Clé", open: "Ouvrir dans l’application de cet appareil",
    code: "Code de l’application", confirm: "Activer", isOn: "Le second facteur est activé.",
    left: { one: "Il reste un code de secours.", other: "Il reste {n} codes de secours." }, few: "Demandez-en d’autres avant que le dernier ne soit utilisé.",
    replace: "Nouveaux codes de secours", replaceHint: "Les précédents ne seront plus valables.", anyCode: "Code de l’application ou code de secours", replaceGo: "Obtenir les codes",
    disable: "Désactiver", disableHint: "Le mot de passe seul suffira alors pour vous connecter.", isOff: "Le second facteur est désactivé.", cancel: "Annuler",
  },
});

/** @typedef {import("../../app/types").Schema<"FactorView">} Factor */
/** @typedef {import("../../app/types").Schema<"EnrolView">} Enrolled */

/** How far one is. @typedef {{ at: "rest" | "prove" | "replace" | "disable" } | { at: "scan", enrolled: Enrolled } | { at: "keep", codes: string[] }} Step */

const FEW = 3;

export function SecondFactor() {
  const factor = useData("/v1/me/second-factor");
  const [step, go] = useState(/** @type {Step} */ ({ at: "rest" }));
  const rest = () => go({ at: "rest" });
  const changed = () => {
    factor.reload();
    void meetAgain();
  };
  const keep = (/** @type {string[]} */ codes) => {
    go({ at: "keep", codes });
    changed();
  };
  return html`<section class="card" aria-labelledby="factor">
    <div class="row between">
      <h2 id="factor">${t("title")}</h2>
      ${factor.data && html`<${Badge} kind=${factor.data.is_enabled ? "good" : "plain"}>${factor.data.is_enabled ? t("on") : t("off")}<//>`}
    </div>
    <${Shown} of=${factor}>${(/** @type {Factor} */ factor) => {
      switch (step.at) {
        case "prove":
          return html`<${Prove} onEnrolled=${(/** @type {Enrolled} */ enrolled) => go({ at: "scan", enrolled })} onCancel=${rest} />`;
        case "scan":
          return html`<${Scan} enrolled=${step.enrolled} onCodes=${(/** @type {string[]} */ codes) => { toast(t("isOn")); keep(codes); }} onCancel=${rest} />`;
        case "keep":
          return html`<${RecoveryCodes} codes=${step.codes} onKept=${rest} />`;
        case "replace":
          return html`<${WithCode} path="/v1/me/second-factor/recovery-codes" submit=${t("replaceGo")} hint=${t("replaceHint")} onCancel=${rest}
            onDone=${(/** @type {import("../../app/types").Schema<"RecoveryView">} */ told) => keep(told.recovery_codes)} />`;
        case "disable":
          return html`<${WithCode} path="/v1/me/second-factor/disable" submit=${t("disable")} hint=${t("disableHint")} danger onCancel=${rest}
            onDone=${() => { toast(t("isOff")); rest(); changed(); }} />`;
        default:
          return html`<${AtRest} factor=${factor} go=${go} />`;
      }
    }}<//>
  </section>`;
}

/** @param {{ factor: Factor, go: (step: Step) => void }} properties */
function AtRest({ factor, go }) {
  if (!factor.is_enabled) {
    return html`<p class="soft">${t("why")}</p><button type="button" class="button primary" onClick=${() => go({ at: "prove" })}>${t("setUp")}</button>`;
  }
  const left = factor.recovery_codes_left;
  return html`<p class=${left <= FEW ? "note warn" : "soft"}>${t("left", { n: left })} ${left <= FEW && t("few")}</p>
    <div class="row">
      <button type="button" class="button" onClick=${() => go({ at: "replace" })}>${t("replace")}</button>
      <button type="button" class="button" onClick=${() => go({ at: "disable" })}>${t("disable")}</button>
    </div>`;
}

/** @param {{ onEnrolled: (enrolled: Enrolled) => void, onCancel: () => void }} properties */
function Prove({ onEnrolled, onCancel }) {
  const form = useForm({ password: "" }, async (values) => {
    needs(values, "password");
    onEnrolled(await post("/v1/me/second-factor", values));
  });
  return html`<p>${t("prove")}</p>
    <${Form} of=${form} submit=${t("goOn")} onCancel=${onCancel}><${PasswordField} of=${form} name="password" label=${t("password")} autofocus /><//>`;
}

/** @param {{ enrolled: Enrolled, onCodes: (codes: string[]) => void, onCancel: () => void }} properties */
function Scan({ enrolled, onCodes, onCancel }) {
  const form = useForm({ code: "" }, async (values) => {
    needs(values, "code");
    onCodes((await post("/v1/me/second-factor/confirm", { code: values.code.replace(/\s/g, "") })).recovery_codes);
  });
  return html`<p>${t("scan")}</p>
    <div class="scan">
      <${QrCode} text=${enrolled.otpauth_url} label=${t("qr")} />
      <div class="stack">
        <div><p class="soft small">${t("byHand")}</p><${Copyable} text=${enrolled.secret} label=${t("secret")} /></div>
        <p class="small"><a href=${enrolled.otpauth_url}>${t("open")}</a></p>
        <${Form} of=${form} submit=${t("confirm")} onCancel=${onCancel}>
          <${Field} of=${form} name="code" label=${t("code")} autocomplete="one-time-code" inputmode="numeric" maxlength="10" />
        <//>
      </div>
    </div>`;
}

/** What takes the password and a code. @param {{ path: string, submit: string, hint: string, danger?: boolean, onDone: (told: any) => void, onCancel: () => void }} properties */
function WithCode({ path, submit, hint, danger = false, onDone, onCancel }) {
  const form = useForm({ password: "", code: "" }, async (values) => {
    needs(values, "password", "code");
    onDone(await post(path, { password: values.password, code: values.code.trim() }));
  });
  return html`<p>${hint}</p>
    <${Form} of=${form} submit=${submit} danger=${danger} onCancel=${onCancel}>
      <${PasswordField} of=${form} name="password" label=${t("password")} />
      <${Field} of=${form} name="code" label=${t("anyCode")} autocomplete="one-time-code" autocapitalize="none" spellcheck=${false} maxlength="20" />
    <//>`;
}
