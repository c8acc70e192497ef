// What the API's document says of its data. `openapi.d.ts` is made from it whenever the types are checked.

import type { components } from "../../../tests/console/openapi";

/** One of the document's schemas, as the API answers it. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];
