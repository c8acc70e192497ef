// The API's words about buildings and residents, in the reader's language.

import { words } from "../../app/texts.js";

/** What becomes of callers that nobody listed. */
export const strangerWord = words({
  en: { reject: "are refused", pin: "may key in a PIN", ring: "may ring residents" },
  de: { reject: "werden abgewiesen", pin: "können eine PIN eingeben", ring: "dürfen bei Bewohnern klingeln" },
  fr: { reject: "sont refusés", pin: "peuvent saisir un code PIN", ring: "peuvent sonner chez les résidents" },
});

export const presenceWord = words({
  en: { home: "Home", away: "Away" },
  de: { home: "Zu Hause", away: "Abwesend" },
  fr: { home: "Présent", away: "Absent" },
});
