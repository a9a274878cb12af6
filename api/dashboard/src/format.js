/** PURE. Numbers, units and times as people read them; what is undefined is an en dash. */

/** @import { Cell } from "./types.js" */

export const UNDEFINED = "–";

/** @type {Record<string, string>} */
const SESSIONS = { pre_market: "Pre-market", regular: "Regular", post_market: "Post-market", closed: "Closed" };

const TIME = new Intl.DateTimeFormat("en-GB", {
  timeZone: "America/New_York",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DATE = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
});
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/**
 * Return a number with `digits` decimals, grouped, with a true minus sign.
 *
 * @param {number} value
 * @param {number} digits
 */
function fixed(value, digits) {
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 && Number(value.toFixed(digits)) !== 0 ? `−${text}` : text;
}

/**
 * Return dollars: cents, or four decimals below a dollar.
 *
 * @param {number} value
 */
export function dollars(value) {
  return fixed(value, Math.abs(value) < 1 ? 4 : 2);
}

/**
 * Return a signed percentage without its sign of unit.
 *
 * @param {number} value
 */
export function percent(value) {
  const text = fixed(value, Math.abs(value) >= 10_000 ? 0 : 2);
  return value > 0 && Number(value.toFixed(2)) !== 0 ? `+${text}` : text;
}

/**
 * Return shares in at most four digits and a letter: 12.34M.
 *
 * @param {number} value
 */
export function shares(value) {
  for (const [size, letter] of /** @type {[number, string][]} */ ([[1e9, "B"], [1e6, "M"], [1e3, "K"]])) {
    if (Math.abs(value) >= size * 0.99995) {
      const scaled = value / size;
      return `${scaled.toFixed(scaled >= 100 ? 1 : 2)}${letter}`;
    }
  }
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/**
 * Return a ratio with its times sign.
 *
 * @param {number} value
 */
export function ratio(value) {
  return `${fixed(value, value >= 1000 ? 0 : value >= 100 ? 1 : 2)}×`;
}

/** @type {Record<string, (value: number) => string>} */
const BY_UNIT = {
  dollars,
  percent,
  shares,
  ratio,
  days: (value) => WHOLE.format(value),
  "ms since the epoch": newYorkTime,
  seconds: (value) => fixed(value, 1),
  trades: (value) => WHOLE.format(value),
  "trades per second": (value) => fixed(value, 1),
  "dollars per minute": dollars,
  "basis points": (value) => fixed(value, 1),
  "1 or 0": (value) => (value ? "yes" : "no"),
};

/**
 * Return a cell of a unit in short, for a table.
 *
 * @param {Cell | undefined} value
 * @param {string} unit
 * @returns {string}
 */
export function short(value, unit) {
  if (value === null || value === undefined) return UNDEFINED;
  return typeof value === "string" ? value : (BY_UNIT[unit] ?? String)(value);
}

/**
 * Return a cell of a unit in full, for a list of facts.
 *
 * @param {Cell | undefined} value
 * @param {string} unit
 * @param {string} [name] of the metric
 * @returns {string}
 */
export function full(value, unit, name = "") {
  if (typeof value !== "number") return short(value, unit);
  if (unit === "percent") return `${percent(value)} %`;
  if (unit === "shares") return WHOLE.format(value);
  if (unit === "days") return `${WHOLE.format(value)} ${value === 1 ? "day" : "days"}`;
  if (name === "change") return `${value > 0 ? "+" : ""}${dollars(value)}`;
  return unit === "dollars" && value >= 0 ? `$${dollars(value)}` : short(value, unit);
}

/**
 * Return the direction of a cell, for colour: flat if it shows as zero.
 *
 * @param {Cell | undefined} value
 * @returns {"up" | "down" | "flat"}
 */
export function direction(value) {
  if (typeof value !== "number" || Math.abs(value) < 0.005) return "flat";
  return value > 0 ? "up" : "down";
}

/**
 * Return an instant as New York's time of day.
 *
 * @param {number | null | undefined} milliseconds
 */
export function newYorkTime(milliseconds) {
  return milliseconds === null || milliseconds === undefined ? "––:––:––" : TIME.format(milliseconds);
}

/**
 * Return a trading date such as `Fri 20 Nov 2026`.
 *
 * @param {string | null | undefined} date `YYYY-MM-DD`
 */
export function tradingDate(date) {
  return date ? DATE.format(new Date(`${date}T00:00:00Z`)).replace(",", "") : UNDEFINED;
}

/**
 * Return a session's name for people.
 *
 * @param {string | null | undefined} session
 */
export function sessionName(session) {
  return session ? (SESSIONS[session] ?? session) : "No data";
}
