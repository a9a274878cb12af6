/** PURE. How old what is shown is, from the heartbeats of the gateway and the time since the last one. */

/** @import { HeartbeatMessage } from "./types.js" */

export const FRESH_BELOW_MS = 5_000;
export const LATE_BELOW_MS = 60_000;

/** @typedef {"fresh" | "late" | "stale" | "none"} Freshness */

/**
 * The last word of the gateway on the age of its data, and when it came (ms, `performance.now()`).
 *
 * @typedef {{message: HeartbeatMessage, receivedAt: number}} Pulse
 */

/**
 * Return the age of the data at `now`: it grows while nothing comes, whatever the reason.
 *
 * @param {Pulse | null} pulse
 * @param {number} now ms on the clock of `receivedAt`
 * @returns {number | null} ms; `null` while there is no data
 */
export function ageOf(pulse, now) {
  if (pulse === null || pulse.message.age_ms === null) return null;
  return pulse.message.age_ms + Math.max(0, now - pulse.receivedAt);
}

/**
 * Return the class of an age.
 *
 * @param {number | null} age ms
 * @returns {Freshness}
 */
export function freshness(age) {
  if (age === null) return "none";
  if (age < FRESH_BELOW_MS) return "fresh";
  return age < LATE_BELOW_MS ? "late" : "stale";
}

/**
 * Return an age as people read it.
 *
 * @param {number | null} age ms
 * @returns {string}
 */
export function formatAge(age) {
  if (age === null) return "no data";
  const seconds = age / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}
