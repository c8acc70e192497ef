// A list that is needed whole, to choose from or to count: every page of it, read at once.

import { all } from "../app/api.js";
import { useCallback, useEffect, useState } from "../app/html.js";

/**
 * Every item of a list. A path of `null` asks nothing (yet).
 *
 * @param {string | null} path with its query @returns {import("../app/data.js").Loaded<any[]>}
 */
export function useAll(path) {
  const [state, setState] = useState(/** @type {any} */ ({ path, data: null, problem: null, loading: path !== null }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const asked = new AbortController();
    const [where, search] = path.split("?");
    const query = Object.fromEntries(new URLSearchParams(search));
    setState((/** @type {any} */ last) => (last.path === path ? { ...last, loading: true } : { path, data: null, problem: null, loading: true }));
    all(where ?? path, query, asked.signal).then(
      (data) => setState({ path, data, problem: null, loading: false }),
      (problem) => asked.signal.aborted || setState((/** @type {any} */ last) => ({ ...last, path, problem, loading: false })),
    );
    return () => asked.abort();
  }, [path, turn]);
  const reload = useCallback(() => setTurn((turn) => turn + 1), []);
  const set = useCallback((/** @type {any} */ data) => setState((/** @type {any} */ last) => ({ ...last, data })), []);
  const shown = state.path === path ? state : { data: null, problem: null, loading: path !== null };
  return { ...shown, etag: null, reload, set };
}
