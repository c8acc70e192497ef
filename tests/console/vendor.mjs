// The console's libraries, as files: copied from their packages (the lock file holds the packages' checksums), with bare imports made relative,
// since pages have no import map. `--check` compares instead: a vendored file that was changed by hand, or is another version, is found.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const packages = new URL("node_modules/", import.meta.url);
const vendor = new URL("../../src/console/vendor/", import.meta.url);
const read = (path) => readFileSync(new URL(path, packages), "utf8");
const version = (name) => JSON.parse(read(`${name}/package.json`)).version;
const plain = (text) => text.replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n").replace(/from"preact"/g, 'from"./preact.js"');
/** Its package comes without the file; what it says of itself is in its head. */
const withoutFile = { "qrcode-generator": "Copyright (c) 2009 Kazuhiko Arase" };
const mit = (whose) => `MIT License

${whose}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;
const licence = (name) => (withoutFile[name] ? mit(withoutFile[name]) : read(`${name}/LICENSE`));
const typed = (name, how = `export * from "${name}";`) => `// For the type checker alone.\n${how}\n`;

const files = {
  "preact.js": plain(read("preact/dist/preact.mjs")),
  "preact.d.ts": typed("preact"),
  "hooks.js": plain(read("preact/hooks/dist/hooks.mjs")),
  "hooks.d.ts": typed("preact/hooks"),
  "htm.js": plain(read("htm/dist/htm.mjs")),
  "htm.d.ts": typed("htm", 'export { default } from "htm";'),
  "uplot.js": plain(read("uplot/dist/uPlot.esm.js")),
  "uplot.d.ts": typed("uplot", 'export { default } from "uplot";'),
  "uplot.css": plain(read("uplot/dist/uPlot.min.css")),
  "qrcode.js": plain(read("qrcode-generator/dist/qrcode.mjs")),
  "qrcode.d.ts": typed("qrcode-generator", 'export { default } from "qrcode-generator";'),
  "LICENSES.txt": ["preact", "htm", "uplot", "qrcode-generator"]
    .map((name) => `${name} ${version(name)}\n\n${licence(name)}`)
    .join(`\n${"-".repeat(80)}\n\n`),
};
const sums = Object.entries(files).map(([name, text]) => `${createHash("sha256").update(text).digest("hex")}  ${name}`);
files["SHA256SUMS"] = `${sums.join("\n")}\n`;

if (process.argv.includes("--check")) {
  const wrong = Object.entries(files).filter(([name, text]) => {
    const path = new URL(name, vendor);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  for (const [name] of wrong) console.error(`src/console/vendor/${name} is not what its package holds: npm run vendor`);
  process.exit(wrong.length > 0 ? 1 : 0);
}
mkdirSync(vendor, { recursive: true });
for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, vendor), text);
