// Too many attempts: until when to wait, in words.

import { Problem } from "../../app/api.js";
import { hourAndMinute, span } from "../../app/format.js";
import { texts } from "../../app/texts.js";

const t = texts({
  en: { wait: "Too many attempts. Try again in {span}, at {at}. If you forgot your password, ask for a new one meanwhile." },
  de: { wait: "Zu viele Versuche. Versuchen Sie es in {span} wieder, um {at} Uhr. Wenn Sie Ihr Passwort vergessen haben, fordern Sie inzwischen ein neues an." },
  fr: { wait: "Trop de tentatives. Réessayez dans {span}, à {at}. Si vous avez oublié votre mot de passe, demandez-en un nouveau entre-temps." },
});

/** The problem, with the time to wait in it if there is one. @param {unknown} problem */
export function untilThen(problem) {
  if (!(problem instanceof Problem) || problem.slug !== "too-many-attempts" || !problem.retryAfter) return problem;
  // Rounded up: a wait that is over too early is a failure more.
  const seconds = problem.retryAfter < 60 ? problem.retryAfter : Math.ceil(problem.retryAfter / 60) * 60;
  const detail = t("wait", { span: span(seconds), at: hourAndMinute(Date.now() + seconds * 1000) });
  return new Problem(problem.status, { type: "/problems/wait", detail }, problem.retryAfter);
}
