/** The page: `<ticker-app>` owns the one connection and hands each part what it shows. */

import { LitElement, css, html, nothing } from "lit";

import { Feeds } from "./feeds.js";
import { ageOf, formatAge, freshness } from "./freshness.js";
import "./leader-board.js";
import "./market-bar.js";
import { recall, remember } from "./preferences.js";
import "./symbol-facts.js";

/** @import { SymbolFacts } from "./symbol-facts.js" */
/** @import { BoardInfo, MetricInfo } from "./types.js" */

const REFRESH_MS = 1_000;
const RETRY_MS = 2_000;

class TickerApp extends LitElement {
  static styles = css`
    :host {
      display: flex;
      flex-direction: column;
      height: 100dvh;
      min-width: 320px;
    }
    .notice {
      padding: 7px 18px;
      flex: none;
      background: rgb(244 189 79 / 13%);
      color: var(--warn);
      font-weight: 500;
    }
    main {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) 340px;
      gap: 10px;
      flex: 1;
      min-height: 0;
      padding: 10px;
    }
    @media (max-width: 1279px) {
      main {
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        grid-template-rows: minmax(0, 3fr) minmax(0, 2fr);
      }
      symbol-facts {
        grid-column: 1 / -1;
      }
      main.unchosen {
        grid-template-rows: minmax(0, 1fr) auto;
      }
    }
    @media (max-width: 839px) {
      :host {
        height: auto;
        min-height: 100dvh;
      }
      main,
      main.unchosen {
        grid-template-columns: minmax(0, 1fr);
        grid-template-rows: auto;
        padding: 8px;
      }
      leader-board {
        height: 70dvh;
      }
      .chosen symbol-facts {
        position: fixed;
        z-index: 1;
        inset: auto 0 0;
        max-height: 62dvh;
        border-radius: 16px 16px 0 0;
        border-color: var(--line-strong);
        box-shadow: 0 -18px 50px rgb(0 0 0 / 60%);
      }
    }
  `;

  constructor() {
    super();
    this.preferences = recall();
    /** @type {BoardInfo[]} */
    this.boards = [];
    /** @type {MetricInfo[]} */
    this.metrics = [];
    const address = new URL("ws", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    this.feeds = new Feeds(address.href, () => this.requestUpdate());
    /** @type {number} */
    this.frame = 0;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    for (const board of new Set(this.preferences.boards)) this.feeds.follow({ feed: `board:${board}` });
    if (this.preferences.ticker) this.feeds.follow({ feed: `symbol:${this.preferences.ticker}` });
    this.feeds.link.connect();
    this.#describe();
    setInterval(() => this.requestUpdate(), REFRESH_MS);
    addEventListener("online", () => this.feeds.link.connect());
    addEventListener("keydown", (event) => this.#key(event));
  }

  /**
   * Draw at most once a frame, however many messages come.
   *
   * @override
   */
  async scheduleUpdate() {
    if (document.visibilityState === "visible") await new Promise((resolve) => requestAnimationFrame(resolve));
    super.scheduleUpdate();
  }

  /** @override */
  render() {
    const { boards, ticker } = this.preferences;
    const { pulse, tables, connection } = this.feeds;
    const dimmed = connection.state !== "open" || freshness(ageOf(pulse, performance.now())) === "stale";
    return html`
      <market-bar .pulse=${pulse} .connection=${connection}></market-bar>
      ${this.#notice()}
      <main class=${ticker ? "chosen" : "unchosen"} @ticker-chosen=${this.#tickerChosen}>
        ${boards.map(
          (board, at) => html`
            <leader-board
              .boards=${this.boards}
              .board=${board}
              .table=${tables.get(`board:${board}`)}
              .pulse=${pulse}
              .selected=${ticker}
              ?dimmed=${dimmed}
              @board-chosen=${(/** @type {CustomEvent<string>} */ event) => this.#boardChosen(at, event.detail)}
            ></leader-board>
          `,
        )}
        <symbol-facts
          .ticker=${ticker}
          .table=${tables.get(`symbol:${ticker}`)}
          .metrics=${this.metrics}
          .pulse=${pulse}
          ?dimmed=${dimmed}
        ></symbol-facts>
      </main>
    `;
  }

  /** Say in words what keeps the data from being live. */
  #notice() {
    const { pulse, connection } = this.feeds;
    const age = ageOf(pulse, performance.now());
    if (connection.state !== "open" && pulse) {
      return html`<div class="notice" role="status">Not connected: this is ${formatAge(age)} old.</div>`;
    }
    const stale = pulse?.message.stale ?? false;
    return stale ? html`<div class="notice" role="status">Not live: ${pulse?.message.detail}.</div>` : nothing;
  }

  /** Ask what boards and metrics there are, until it is known. */
  async #describe() {
    try {
      const [boards, metrics] = await Promise.all(["api/boards", "api/metrics"].map((path) => fetch(path).then((answer) => answer.json())));
      this.boards = boards.boards;
      this.metrics = metrics.metrics;
      this.requestUpdate();
    } catch {
      setTimeout(() => this.#describe(), RETRY_MS);
    }
  }

  /**
   * @param {number} at
   * @param {string} board
   */
  #boardChosen(at, board) {
    const before = this.preferences.boards[at];
    const boards = this.preferences.boards.with(at, board);
    this.#keep({ ...this.preferences, boards });
    if (!boards.includes(before)) this.feeds.unfollow(`board:${before}`);
    if (!this.feeds.tables.has(`board:${board}`)) this.feeds.follow({ feed: `board:${board}` });
  }

  /** @param {CustomEvent<string | null>} event */
  #tickerChosen({ detail: ticker }) {
    const before = this.preferences.ticker;
    if (ticker === before) return;
    if (before) this.feeds.unfollow(`symbol:${before}`);
    this.#keep({ ...this.preferences, ticker });
    if (ticker) this.feeds.follow({ feed: `symbol:${ticker}` });
  }

  /** @param {import("./preferences.js").Preferences} preferences */
  #keep(preferences) {
    this.preferences = preferences;
    remember(preferences);
    this.requestUpdate();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const facts = /** @type {SymbolFacts | null} */ (this.renderRoot.querySelector("symbol-facts"));
    const typing = event.composedPath()[0] instanceof HTMLInputElement;
    if (event.key === "Escape") this.#tickerChosen(new CustomEvent("ticker-chosen", { detail: null }));
    if (event.key === "/" && !typing) {
      event.preventDefault();
      facts?.search();
    }
  }
}

customElements.define("ticker-app", TickerApp);
