// What every page writes its markup with: htm over Preact, and Preact's hooks, from one place.

import htm from "../vendor/htm.js";
import { h } from "../vendor/preact.js";

/** Markup as a template, without a build step. @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(h);

export { Fragment, render } from "../vendor/preact.js";
export {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "../vendor/hooks.js";
