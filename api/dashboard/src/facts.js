/** PURE. The facts of a symbol in groups; a metric that no group names still shows, under "More". */

/** @import { MetricInfo } from "./types.js" */

/** @typedef {{name: string, label: string}} Fact */
/** @typedef {{title: string, facts: Fact[]}} Group */

/** @type {[string, [string, string][]][]} */
const GROUPS = [
  ["Today", [
    ["open", "Open"],
    ["change_from_open_pct", "Since the open"],
    ["gap_pct", "Gap"],
    ["vwap", "VWAP"],
    ["prev_close", "Previous close"],
  ]],
  ["Volume", [
    ["accumulated_volume", "Since 04:00"],
    ["avg_volume", "Average day"],
    ["relative_volume", "Relative to a day"],
    ["relative_volume_at_time", "Relative at this time"],
    ["volume_baseline_at_time", "Usual at this time"],
    ["volume_sample_days", "Sample"],
  ]],
  ["Pre-market", [
    ["premarket_gap_pct", "Gap"],
    ["premarket_change_pct", "Change"],
    ["pre_market_high", "High"],
    ["pre_market_low", "Low"],
  ]],
  ["Regular session", [["regular_high", "High"], ["regular_low", "Low"]]],
  ["Post-market", [["post_market_high", "High"], ["post_market_low", "Low"]]],
  ["As the vendor has it", [
    ["vendor_day_volume", "Day volume"],
    ["vendor_open", "Official open"],
    ["vendor_vwap", "Day VWAP"],
  ]],
];
/** What stands above the groups. */
export const HEADLINE = ["price", "change", "change_pct"];

/**
 * Return the groups of facts that show every column once, but for the headline.
 *
 * @param {string[]} columns metrics there are
 * @returns {Group[]}
 */
export function groupsOf(columns) {
  const left = new Set(columns.filter((name) => name !== "ticker" && !HEADLINE.includes(name)));
  const groups = GROUPS.map(([title, facts]) => ({
    title,
    facts: facts.filter(([name]) => left.delete(name)).map(([name, label]) => ({ name, label })),
  }));
  const more = [...left].map((name) => ({ name, label: name.replaceAll("_", " ") }));
  return [...groups, { title: "More", facts: more }].filter(({ facts }) => facts.length > 0);
}

/**
 * Return the unit of each metric by its name.
 *
 * @param {MetricInfo[]} metrics
 * @returns {Map<string, MetricInfo>}
 */
export function byName(metrics) {
  return new Map(metrics.map((metric) => [metric.name, metric]));
}

/**
 * Return the place of a price within a range, `null` if there is no such range or price.
 *
 * @param {unknown} price
 * @param {unknown} low
 * @param {unknown} high
 * @returns {number | null} 0 at the low, 1 at the high
 */
export function placeIn(price, low, high) {
  if (typeof price !== "number" || typeof low !== "number" || typeof high !== "number" || high < low) return null;
  return high === low ? 0.5 : Math.max(0, Math.min(1, (price - low) / (high - low)));
}
