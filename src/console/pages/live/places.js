// Where a running call is, in names; a component that asks is shown anew only if its own names change.

import { useEffect, useRef, useState } from "../../app/html.js";
import { placeName, watchPlaces } from "../../app/places.js";

/** @typedef {{ building_id: string, entrance_id?: string | null, unit_id?: string | null }} Somewhere */

/** Names as far as they are known: empty until then, and of what is gone. @param {Somewhere} where */
export function namesOf({ building_id: building, entrance_id: entrance, unit_id: unit }) {
  return {
    building: placeName("building", building) ?? "",
    entrance: placeName("entrance", entrance, building) ?? "",
    unit: placeName("unit", unit, building) ?? "",
  };
}

/** @param {Somewhere} where */
export function useNames(where) {
  const [, again] = useState(0);
  const asked = useRef(where);
  asked.current = where;
  const names = namesOf(where);
  const shown = useRef("");
  shown.current = written(names);
  useEffect(() => {
    const look = () => {
      if (written(namesOf(asked.current)) !== shown.current) again((n) => n + 1);
    };
    look();
    return watchPlaces(look);
  }, []);
  return names;
}

/** @param {ReturnType<typeof namesOf>} names */
const written = ({ building, entrance, unit }) => `${building}\n${entrance}\n${unit}`;

/** `Front door · 1204`, as far as it is known. @param {ReturnType<typeof namesOf>} names */
export const door = ({ entrance, unit }) => [entrance, unit].filter(Boolean).join(" · ");
