/** What this browser remembers: the boards chosen and the ticker; forgotten gladly where storage is forbidden. */

const KEY = "tickerboard";
const DEFAULTS = { boards: ["gainers", "relative_volume_at_time"], ticker: /** @type {string | null} */ (null) };

/** @typedef {typeof DEFAULTS} Preferences */

/**
 * Return what was chosen before, the defaults for the rest.
 *
 * @returns {Preferences}
 */
export function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const boards = DEFAULTS.boards.map((name, at) => (typeof kept.boards?.[at] === "string" ? kept.boards[at] : name));
    return { boards, ticker: typeof kept.ticker === "string" ? kept.ticker : null };
  } catch {
    return { ...DEFAULTS };
  }
}

/**
 * Keep a choice.
 *
 * @param {Preferences} preferences
 */
export function remember(preferences) {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // private windows may refuse; the page works all the same
  }
}
