// A module of the console that needs nothing of a browser, to be tried without one. Node takes `.js` outside of this package for CommonJS, so it is told what it is.
import { readFile } from "node:fs/promises";

/** @param {string} path inside `src/console` */
export async function pure(path) {
  const source = await readFile(new URL(`../../../src/console/${path}`, import.meta.url));
  return import(`data:text/javascript;base64,${source.toString("base64")}`);
}
