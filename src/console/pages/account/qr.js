// A text as a QR code: a drawing that any phone's camera reads, dark on light in the dark as well.

import { html } from "../../app/html.js";
import qrcode from "../../vendor/qrcode.js";

/** Around it, as the standard wants it: four modules of nothing. */
const QUIET = 4;

/** @param {{ text: string, label: string }} properties */
export function QrCode({ text, label }) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  const rows = Array.from({ length: size }, (_, row) => row);
  const path = rows.flatMap((row) => rows.filter((column) => code.isDark(row, column)).map((column) => `M${column} ${row}h1v1h-1z`)).join("");
  const box = `${-QUIET} ${-QUIET} ${size + 2 * QUIET} ${size + 2 * QUIET}`;
  return html`<svg class="qr" viewBox=${box} role="img" aria-label=${label} shape-rendering="crispEdges">
    <rect x=${-QUIET} y=${-QUIET} width="100%" height="100%" fill="#fff" />
    <path d=${path} fill="#000" />
  </svg>`;
}
