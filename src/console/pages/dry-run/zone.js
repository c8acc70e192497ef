// A clock on the wall of a building, and the moment that it means.

/** What the clocks of a zone are ahead of UTC at a moment, in milliseconds. @param {number} moment @param {string} zone IANA */
function offset(moment, zone) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}

/** `2026-11-21T23:10`, as an input for date and time has it. @param {number} moment @param {string} zone */
export const onTheWall = (moment, zone) => new Date(moment + offset(moment, zone)).toISOString().slice(0, 16);

/** The moment at which the clocks of a zone show this; of two such, the first. @param {string} wall `2026-11-21T23:10` @param {string} zone @returns {string | null} RFC 3339 */
export function momentOf(wall, zone) {
  const guess = Date.parse(`${wall}Z`);
  if (Number.isNaN(guess)) return null;
  // An offset holds on one side of a change of clocks only: the one of the day before says which moments are possible.
  const [before, after] = [guess - offset(guess - 86_400_000, zone), guess - offset(guess + 86_400_000, zone)];
  const fits = [before, after].find((moment) => moment + offset(moment, zone) === guess);
  return new Date(fits ?? before).toISOString();
}
