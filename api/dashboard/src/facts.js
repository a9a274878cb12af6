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
    ["vwap_distance_pct", "From VWAP"],
    ["day_high", "High"],
    ["day_high_time", "High at"],
    ["day_low", "Low"],
    ["day_low_time", "Low at"],
    ["day_high_distance_pct", "From the high"],
    ["range_position_pct", "Place in the range"],
  ]],
  ["Last minutes", [
    ["change_1m_pct", "Change, 1 min"],
    ["change_5m_pct", "Change, 5 min"],
    ["change_15m_pct", "Change, 15 min"],
    ["volume_1m", "Volume, 1 min"],
    ["volume_5m", "Volume, 5 min"],
    ["volume_15m", "Volume, 15 min"],
    ["relative_volume_5m", "Relative, 5 min"],
    ["volume_baseline_5m", "Usual in 5 min"],
  ]],
  ["Volume", [
    ["accumulated_volume", "Since 04:00"],
    ["dollar_volume", "In dollars"],
    ["avg_volume", "Average day"],
    ["average_days", "Days behind it"],
    ["relative_volume", "Relative to a day"],
    ["relative_volume_at_time", "Relative at this time"],
    ["volume_baseline_at_time", "Usual at this time"],
    ["volume_sample_days", "Sample"],
    ["float", "Float"],
    ["float_rotation", "Float rotation"],
  ]],
  ["Trades", [
    ["trades", "Since 04:00"],
    ["trades_per_second", "A second"],
    ["mean_trade_size", "Mean size"],
    ["largest_trade_size", "Largest in a minute"],
    ["buy_pressure_pct", "Buyers less sellers"],
    ["momentum_20s", "Momentum, 20 s"],
    ["momentum_60s", "Momentum, 60 s"],
    ["running_20s", "Running, 20 s"],
    ["running_60s", "Running, 60 s"],
    ["largest_print", "Largest today"],
    ["largest_print_value", "In dollars"],
  ]],
  ["Quote", [
    ["bid", "Bid"],
    ["ask", "Ask"],
    ["spread", "Spread"],
    ["spread_bps", "Spread, relative"],
  ]],
  ["Halts", [
    ["halted", "Halted"],
    ["halt_time", "Since"],
    ["resume_time", "Resumes"],
    ["halts_today", "Today"],
    ["limit_up", "Upper band"],
    ["limit_up_distance_pct", "Up to it"],
    ["limit_down", "Lower band"],
    ["limit_down_distance_pct", "Down to it"],
    ["limit_width_pct", "Band, by the plan"],
    ["limit_tier", "Tier"],
  ]],
  ["Pre-market", [
    ["premarket_gap_pct", "Gap"],
    ["premarket_change_pct", "Change"],
    ["pre_market_high", "High"],
    ["pre_market_low", "Low"],
  ]],
  ["Regular session", [["regular_high", "High"], ["regular_low", "Low"]]],
  ["Post-market", [
    ["post_market_change_pct", "Change"],
    ["post_market_high", "High"],
    ["post_market_low", "Low"],
  ]],
  ["The day before", [
    ["prev_close", "Close"],
    ["prev_open", "Open"],
    ["prev_high", "High"],
    ["prev_low", "Low"],
    ["prev_volume", "Volume"],
    ["prev_vwap", "VWAP"],
    ["atr", "Average true range"],
    ["change_in_atr", "Change in it"],
    ["range_in_atr", "Range in it"],
    ["market_cap", "Market cap"],
    ["short_interest", "Sold short"],
  ]],
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
