/** The one WebSocket of the page: keeps what is followed followed, whatever happens to the connection. */

/** @import { Message, Request } from "./types.js" */

export const FIRST_WAIT_MS = 1_000;
export const LONGEST_WAIT_MS = 30_000;
/** The gateway speaks every second; after this long a connection is dead even if nobody said so. */
export const SILENCE_MS = 6_000;
/** A connection that lasts so long after a message that is no error is a good one: the waits begin anew. */
export const SETTLED_MS = 3_000;

/**
 * Return how long to wait before an attempt: doubling, with jitter so that thousands do not come back at once.
 *
 * @param {number} attempt 0 for the first
 * @param {number} random 0 to 1
 * @returns {number} ms
 */
export function backoff(attempt, random) {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return whole * (0.5 + random / 2);
}

/**
 * How the connection stands; `retryAt` (ms, `performance.now()`) while it waits to try again.
 *
 * @typedef {{state: "connecting" | "open" | "waiting" | "closed", retryAt: number | null}} ConnectionState
 */

/**
 * Whom it tells of messages and of its state, and who knows up to where a feed is had.
 *
 * @typedef {object} Listener
 * @property {(message: Message) => void} onMessage
 * @property {(state: ConnectionState) => void} onState
 * @property {(feed: string) => {epoch: string, sequence: number} | null} [pointOf]
 */

export class Connection {
  /**
   * @param {string} url of the gateway's `/ws`
   * @param {Listener} listener
   * @param {(url: string) => WebSocket} [open] makes a socket
   */
  constructor(url, listener, open = (address) => new WebSocket(address)) {
    this.url = url;
    this.listener = listener;
    this.open = open;
    /** @type {Map<string, Request>} */
    this.followed = new Map();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.attempt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.watchdog = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.settling = undefined;
  }

  /** Connect, and again whenever the connection is lost, until `close`. */
  connect() {
    clearTimeout(this.timer);
    if (this.socket) return;
    this.listener.onState({ state: "connecting", retryAt: null });
    const socket = this.open(this.url);
    this.socket = socket;
    this.#expect();
    socket.onopen = () => {
      this.listener.onState({ state: "open", retryAt: null });
      for (const request of this.followed.values()) this.#resume(request);
    };
    socket.onmessage = ({ data }) => {
      this.#expect();
      /** @type {Message} */
      const message = JSON.parse(data);
      if (message.type !== "error") this.#settle();
      this.listener.onMessage(message);
    };
    socket.onclose = () => this.#lost(socket);
  }

  /** End the connection for good. */
  close() {
    clearTimeout(this.timer);
    this.#discard();
    this.listener.onState({ state: "closed", retryAt: null });
  }

  /**
   * Follow a feed, or ask for a fresh snapshot of one already followed.
   *
   * @param {Request} request
   */
  follow(request) {
    this.followed.set(request.feed, request);
    this.#send({ action: "subscribe", ...request });
  }

  /**
   * Follow a feed no longer.
   *
   * @param {string} feed
   */
  unfollow(feed) {
    if (this.followed.delete(feed)) this.#send({ action: "unsubscribe", feed });
  }

  /**
   * Go on with a feed after a new connection: what was missed comes, or a snapshot.
   *
   * @param {Request} request
   */
  #resume(request) {
    const point = this.listener.pointOf?.(request.feed);
    this.#send(point ? { action: "resume", ...request, ...point } : { action: "subscribe", ...request });
  }

  /** @param {object} message */
  #send(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** Start the time in which the gateway has to say something. */
  #expect() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.socket && this.#lost(this.socket), SILENCE_MS);
  }

  /** Start the time after which the connection is a good one, if it does not run yet. */
  #settle() {
    this.settling ??= setTimeout(() => (this.attempt = 0), SETTLED_MS);
  }

  /** @param {WebSocket} socket */
  #lost(socket) {
    if (socket !== this.socket) return;
    this.#discard();
    const wait = backoff(this.attempt, Math.random());
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), wait);
    this.listener.onState({ state: "waiting", retryAt: performance.now() + wait });
  }

  #discard() {
    clearTimeout(this.watchdog);
    clearTimeout(this.settling);
    this.settling = undefined;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
