/** PURE. Which columns a board shows: its own metric first, then what every board shows beside it. */

/** @import { BoardInfo } from "./types.js" */

/** @typedef {{metric: string, label: string, unit: string, signed: boolean, ranked: boolean}} Column */

/** @type {Record<string, {label: string, unit: string, signed?: boolean}>} */
const KNOWN = {
  price: { label: "Price", unit: "dollars" },
  change_pct: { label: "Chg %", unit: "percent", signed: true },
  gap_pct: { label: "Gap %", unit: "percent", signed: true },
  change_from_open_pct: { label: "Open %", unit: "percent", signed: true },
  accumulated_volume: { label: "Volume", unit: "shares" },
  relative_volume: { label: "Rel vol", unit: "ratio" },
  relative_volume_at_time: { label: "RV at time", unit: "ratio" },
  relative_volume_5m: { label: "RV 5 min", unit: "ratio" },
  running_60s: { label: "Running", unit: "ratio", signed: true },
  largest_print_value: { label: "Print $", unit: "shares" }, // in short, as shares are: 12.34M
  float_rotation: { label: "Rotation", unit: "ratio" },
  post_market_change_pct: { label: "Post %", unit: "percent", signed: true },
  halt_time: { label: "Since", unit: "ms since the epoch" },
};
const ALWAYS = ["price", "change_pct", "accumulated_volume", "relative_volume"];

/**
 * Return the columns of a board in the order in which they are shown.
 *
 * @param {BoardInfo | undefined} board
 * @returns {Column[]}
 */
export function columnsOf(board) {
  if (!board) return [];
  return [board.metric, ...ALWAYS.filter((metric) => metric !== board.metric)].map((metric) => {
    const { label, unit, signed } = KNOWN[metric] ?? { label: metric.replaceAll("_", " "), unit: board.unit };
    return { metric, label, unit, signed: signed ?? false, ranked: metric === board.metric };
  });
}

/**
 * Return how far a value reaches in its column, by its square root so that small ones still show.
 *
 * @param {unknown} value
 * @param {number} largest magnitude in the column
 * @returns {number} 0 to 100
 */
export function reach(value, largest) {
  if (typeof value !== "number" || largest <= 0) return 0;
  return Math.round(100 * Math.sqrt(Math.min(1, Math.abs(value) / largest)));
}
