// What the server told this page before it asks the API anything; and what this browser remembers of its user's taste.

const told = document.documentElement.dataset;

/** Where this version's files are, `/assets/…`. */
export const assets = told.assets ?? "";

/** Where carriers and people reach this installation, without a slash at its end. */
export const publicUrl = told.publicUrl ?? location.origin;

/** Whether firms sign up by themselves. */
export const offersSignUp = told.signUp === "yes";

/** Whether there is a simulated carrier to try doors with. */
export const hasSimulator = told.simulator === "yes";

/** @param {string} key */
export function remembered(key) {
  try {
    return localStorage.getItem(`vestibule.${key}`);
  } catch {
    return null; // A browser may forbid it; then nothing is remembered.
  }
}

/** @param {string} key @param {string | null} value */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(`vestibule.${key}`);
    else localStorage.setItem(`vestibule.${key}`, value);
  } catch {
    // Nothing is remembered then.
  }
}

/** `light`, `dark`, or `system`. */
export function theme() {
  return remembered("theme") ?? "system";
}

/** @param {string} wanted */
export function setTheme(wanted) {
  remember("theme", wanted === "system" ? null : wanted);
  applyTheme();
}

export function applyTheme() {
  const wanted = theme();
  if (wanted === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
}
