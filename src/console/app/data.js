// Data for components: read when shown, read again when asked, never shown stale.

import { get, read } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./html.js";

/**
 * @template [T=any]
 * @typedef {{ data: T | null, etag: string | null, problem: import("./api.js").Problem | null, loading: boolean, reload: () => void, set: (data: T) => void }} Loaded
 */

/**
 * What a path answers. A path of `null` asks nothing (yet). What was there stays while it is read again.
 *
 * @param {string | null} path with its query @returns {Loaded}
 */
export function useData(path) {
  const [state, setState] = useState(/** @type {any} */ ({ path, data: null, etag: null, problem: null, loading: path !== null }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const asked = new AbortController();
    setState((/** @type {any} */ last) =>
      last.path === path ? { ...last, loading: true } : { path, data: null, etag: null, problem: null, loading: true },
    );
    read(path, asked.signal).then(
      ({ data, etag }) => setState({ path, data, etag, problem: null, loading: false }),
      (problem) => asked.signal.aborted || setState((/** @type {any} */ last) => ({ ...last, path, problem, loading: false })),
    );
    return () => asked.abort();
  }, [path, turn]);
  const reload = useCallback(() => setTurn((turn) => turn + 1), []);
  const set = useCallback((/** @type {any} */ data) => setState((/** @type {any} */ last) => ({ ...last, data })), []);
  const shown = state.path === path ? state : { data: null, etag: null, problem: null, loading: path !== null };
  return { ...shown, reload, set };
}

/**
 * A list, page by page (keyset).
 *
 * @param {string | null} path @param {import("./api.js").Query} [query] a change of it begins anew
 */
export function usePages(path, query = {}) {
  const asked = path === null ? null : JSON.stringify([path, query]);
  const [state, setState] = useState(/** @type {any} */ ({ asked: null, items: [], cursor: null, problem: null, loading: true }));
  const [turn, setTurn] = useState(0);
  const running = useRef(/** @type {AbortController | null} */ (null));

  const fetchPage = useCallback(
    async (/** @type {string | null} */ cursor, /** @type {any[]} */ before) => {
      if (path === null) return;
      running.current?.abort();
      const own = new AbortController();
      running.current = own;
      setState((/** @type {any} */ last) => ({ ...last, asked, loading: true, items: last.asked === asked ? last.items : [] }));
      try {
        const page = await get(path, { ...query, cursor }, own.signal);
        setState({ asked, items: [...before, ...page.items], cursor: page.next_cursor, problem: null, loading: false });
      } catch (problem) {
        if (!own.signal.aborted) setState((/** @type {any} */ last) => ({ ...last, asked, problem, loading: false }));
      }
    },
    [asked],
  );
  useEffect(() => {
    void fetchPage(null, []);
    return () => running.current?.abort();
  }, [asked, turn]);

  const shown = state.asked === asked ? state : { items: [], cursor: null, problem: null, loading: true };
  return {
    /** @type {any[]} */ items: shown.items,
    /** @type {import("./api.js").Problem | null} */ problem: shown.problem,
    /** @type {boolean} */ loading: shown.loading,
    /** Whether there are further pages. @type {boolean} */ hasMore: shown.cursor !== null && shown.cursor !== undefined,
    more: () => void fetchPage(state.cursor, state.items),
    reload: () => setTurn((turn) => turn + 1),
  };
}
