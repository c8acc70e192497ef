// What stands behind the # of a link: a token that no server on the way sees. It is taken, and does not stay in the address bar.

import { useState } from "../../app/html.js";
import { routeOf } from "../../app/router.js";

/** @param {string} hash */
const setHash = (hash) => history.replaceState(null, "", location.pathname + location.search + (hash ? `#${hash}` : ""));

/** What the link brought, and how to put it back before the page is loaded anew. @returns {[string, () => void]} */
export function useFragment() {
  const [fragment] = useState(() => {
    const found = location.hash.slice(1);
    if (found) setHash("");
    return found;
  });
  return [fragment, () => setHash(fragment)];
}

/** Where to go on after signing in: a page of this console, never somebody else's. @param {string | null} wanted */
export function ownPath(wanted) {
  if (!wanted || !/^\/(?![/\\])/.test(wanted)) return "/";
  const to = new URL(wanted, location.origin);
  const found = to.origin === location.origin ? routeOf(to.pathname) : null;
  return found && !found.route.open ? to.pathname + to.search + to.hash : "/";
}
