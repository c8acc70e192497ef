// The start page leads on: to the doors, or, in a firm that has none yet, to the first one.

import { get } from "../../app/api.js";
import { html, useEffect } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { mayForAll } from "../../app/session.js";
import { Loading } from "../../parts/page.js";

export default function Home() {
  useEffect(() => {
    get("/v1/lines", { limit: 1 }).then(
      (lines) => navigate(lines.items.length === 0 && mayForAll("admin") ? "/start" : "/live", { replace: true }),
      () => navigate("/live", { replace: true }),
    );
  }, []);
  return html`<${Loading} />`;
}
