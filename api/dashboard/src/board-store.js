/** PURE. The rows of a feed, and how messages change them; mirrors `api/changes.py`. */

/** @import { Change, ChangeMessage, Row, SnapshotMessage } from "./types.js" */

/**
 * A feed as the page knows it. Never changed in place.
 *
 * @typedef {object} Table
 * @property {string} feed
 * @property {string} epoch
 * @property {number} sequence
 * @property {string[]} columns the first is `ticker`; of a board, the second is what it ranks by
 * @property {Row[]} rows
 */

/**
 * Return the rows after a change; a row has `width` elements, its ticker included.
 *
 * @param {Row[]} rows
 * @param {Change} change
 * @param {number} width
 * @returns {Row[]}
 */
export function applyChange(rows, change, width) {
  const cells = new Map(rows.map((row) => [/** @type {string} */ (row[0]), row]));
  const taken = new Set([...change.removals, ...change.moves.map(([, ticker]) => ticker)]);
  const order = taken.size ? [...cells.keys()].filter((ticker) => !taken.has(ticker)) : [...cells.keys()];
  for (const [index, ticker] of change.moves) {
    order.splice(index, 0, ticker);
    if (!cells.has(ticker)) cells.set(ticker, [ticker, ...new Array(width - 1).fill(null)]);
  }
  for (const [ticker, ...pairs] of change.upserts) {
    const row = [.../** @type {Row} */ (cells.get(/** @type {string} */ (ticker)))];
    for (let at = 0; at < pairs.length; at += 2) row[/** @type {number} */ (pairs[at])] = pairs[at + 1];
    cells.set(/** @type {string} */ (ticker), row);
  }
  return order.map((ticker) => /** @type {Row} */ (cells.get(ticker)));
}

/**
 * Return the table that a snapshot holds.
 *
 * @param {SnapshotMessage} message
 * @returns {Table}
 */
export function fromSnapshot({ feed, epoch, sequence, columns, rows }) {
  return { feed, epoch, sequence, columns, rows };
}

/**
 * Return the table after a change, or `null` if the change is not the next one: then only a snapshot helps.
 *
 * @param {Table} table
 * @param {ChangeMessage} message
 * @returns {Table | null}
 */
export function withChange(table, message) {
  if (message.epoch !== table.epoch || message.sequence !== table.sequence + 1) return null;
  const rows = applyChange(table.rows, message, table.columns.length);
  return { ...table, sequence: message.sequence, rows };
}

/**
 * Return the rows to draw of a list scrolled to `top`: those in sight and `spare` on either side.
 *
 * @param {{top: number, height: number, rowHeight: number, count: number, spare?: number}} view pixels and rows
 * @returns {{first: number, end: number}} from `first` up to but not including `end`
 */
export function inSight({ top, height, rowHeight, count, spare = 6 }) {
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + spare);
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - spare, end));
  return { first, end };
}

/**
 * Return the index a key moves the choice to.
 *
 * @param {string} key a `KeyboardEvent.key`
 * @param {number} index the present choice, -1 for none
 * @param {number} count rows
 * @param {number} page rows in sight
 * @returns {number | null} `null` if the key moves nothing
 */
export function moved(key, index, count, page) {
  /** @type {Record<string, number>} */
  const targets = {
    ArrowDown: index + 1,
    ArrowUp: index < 0 ? 0 : index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
  };
  if (count === 0 || !Object.hasOwn(targets, key)) return null;
  return Math.max(0, Math.min(count - 1, targets[key]));
}
