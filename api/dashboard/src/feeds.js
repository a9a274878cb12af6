/** What the page follows: a table for each feed, kept whole by asking anew wherever a change does not fit. */

import { fromSnapshot, withChange } from "./board-store.js";
import { Connection } from "./connection.js";

/** @import { Table } from "./board-store.js" */
/** @import { ConnectionState } from "./connection.js" */
/** @import { Pulse } from "./freshness.js" */
/** @import { Message, Request } from "./types.js" */

export class Feeds {
  /**
   * @param {string} url of the gateway's `/ws`
   * @param {() => void} changed called after anything below changed
   * @param {(url: string) => WebSocket} [open] makes a socket
   */
  constructor(url, changed, open) {
    /** @type {Map<string, Table>} */
    this.tables = new Map();
    /** @type {Pulse | null} */
    this.pulse = null;
    /** @type {ConnectionState} */
    this.connection = { state: "connecting", retryAt: null };
    this.changed = changed;
    this.link = new Connection(
      url,
      {
        onMessage: (message) => this.receive(message),
        onState: (state) => this.#connectionChanged(state),
        pointOf: (feed) => this.#pointOf(feed),
      },
      open,
    );
  }

  /** @param {Request} request */
  follow(request) {
    this.link.follow(request);
  }

  /** @param {string} feed */
  unfollow(feed) {
    this.tables.delete(feed);
    this.link.unfollow(feed);
  }

  /**
   * Take in a message; acknowledgements and errors change nothing that is shown.
   *
   * @param {Message} message
   */
  receive(message) {
    if (message.type === "heartbeat") {
      this.pulse = { message, receivedAt: performance.now() };
    } else if (message.type === "snapshot" && this.link.followed.has(message.feed)) {
      this.tables.set(message.feed, fromSnapshot(message));
    } else if (message.type === "change") {
      this.#change(message);
    } else if (message.type === "error") {
      console.warn(`the gateway refused a message: ${message.message}`);
    }
    this.changed();
  }

  /** @param {import("./types.js").ChangeMessage} message */
  #change(message) {
    const request = this.link.followed.get(message.feed);
    const table = this.tables.get(message.feed);
    if (!request || !table) return; // of a feed just left, or its snapshot is on the way
    const next = withChange(table, message);
    if (next) this.tables.set(message.feed, next);
    else if (message.epoch !== table.epoch || message.sequence > table.sequence) this.link.follow(request);
  }

  /** @param {string} feed */
  #pointOf(feed) {
    const table = this.tables.get(feed);
    return table ? { epoch: table.epoch, sequence: table.sequence } : null;
  }

  /** @param {ConnectionState} state */
  #connectionChanged(state) {
    this.connection = state;
    this.changed();
  }
}
