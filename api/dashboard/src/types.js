/**
 * The shapes of what crosses the socket; `docs/api.md` has them in words.
 *
 * @typedef {number | string | null} Cell
 * @typedef {Cell[]} Row ticker first, then a cell for each further column
 *
 * @typedef {object} Change what turns one table into another
 * @property {Cell[][]} upserts `[ticker, index, cell, index, cell, ...]`
 * @property {string[]} removals
 * @property {[number, string][]} moves `[index, ticker]`, to be inserted in this order
 *
 * @typedef {object} When
 * @property {string} feed
 * @property {string} epoch
 * @property {number} sequence
 * @property {number | null} event_time ms since the epoch
 * @property {number | null} published_time ms since the epoch
 * @property {string | null} [trading_date] of a change: left out where it is that of the frame before
 * @property {string | null} [session] likewise
 *
 * @typedef {When & {type: "snapshot", limit: number, columns: string[], rows: Row[]}} SnapshotMessage
 * @typedef {When & {type: "change"} & Change} ChangeMessage
 *
 * @typedef {object} HeartbeatMessage
 * @property {"heartbeat"} type
 * @property {number} server_time
 * @property {number | null} event_time
 * @property {number | null} age_ms
 * @property {boolean} stale
 * @property {string | null} reason
 * @property {string | null} detail
 * @property {string | null} trading_date
 * @property {string | null} session
 *
 * @typedef {{type: "subscribed" | "unsubscribed", feed: string}} AckMessage
 * @typedef {{type: "pong", server_time: number}} PongMessage
 * @typedef {{type: "error", code: string, message: string, value: unknown}} ErrorMessage
 * @typedef {SnapshotMessage | ChangeMessage | HeartbeatMessage | AckMessage | PongMessage | ErrorMessage} Message
 *
 * @typedef {{feed: string, limit?: number}} Request
 * @typedef {object} BoardInfo
 * @property {string} name
 * @property {string} title
 * @property {string} group the heading it belongs under
 * @property {string} metric what it ranks by
 * @property {string} unit
 * @property {boolean} descending
 * @property {string} where the condition that its rows meet
 * @property {string} explanation the same in words
 * @property {number} size
 * @property {string[]} sessions when there is such a board
 *
 * @typedef {{name: string, unit: string, meaning: string, input: boolean}} MetricInfo
 */

export {};
