/** The line above all: what time it is in the data, which session, and whether the line to the gateway stands. */

import { LitElement, css, html, nothing } from "lit";

import "./data-age.js";
import { newYorkTime, sessionName, tradingDate } from "./format.js";

/** @import { ConnectionState } from "./connection.js" */
/** @import { Pulse } from "./freshness.js" */

const REFRESH_MS = 500;

export class MarketBar extends LitElement {
  static properties = { pulse: { attribute: false }, connection: { attribute: false } };

  static styles = css`
    :host {
      display: flex;
      align-items: center;
      gap: 18px;
      height: 52px;
      padding: 0 18px;
      flex: none;
      border-bottom: 1px solid var(--line);
      white-space: nowrap;
    }
    h1 {
      display: flex;
      align-items: center;
      gap: 9px;
      margin: 0;
      font-size: 16px;
      font-weight: 650;
      letter-spacing: -0.02em;
    }
    h1 svg {
      width: 20px;
      height: 20px;
    }
    .session {
      display: inline-flex;
      align-items: center;
      height: 24px;
      padding: 0 10px;
      border: 1px solid var(--line-strong);
      border-radius: 20px;
      color: var(--text-soft);
      font-size: 12px;
      font-weight: 550;
    }
    .regular {
      border-color: transparent;
      background: rgb(53 214 174 / 15%);
      color: var(--up);
    }
    .pre_market {
      border-color: transparent;
      background: rgb(244 189 79 / 15%);
      color: var(--warn);
    }
    .post_market {
      border-color: transparent;
      background: rgb(127 180 255 / 15%);
      color: var(--accent);
    }
    time {
      font-size: 18px;
      font-variant-numeric: tabular-nums;
      font-weight: 550;
      letter-spacing: -0.01em;
    }
    small {
      margin-left: 6px;
      color: var(--text-faint);
      font-size: 12px;
      font-weight: 400;
      letter-spacing: 0;
    }
    .date {
      color: var(--text-soft);
      font-variant-numeric: tabular-nums;
    }
    .link {
      display: inline-flex;
      align-items: center;
      gap: 7px;
      margin-left: auto;
      color: var(--text-soft);
      font-size: 12px;
      font-variant-numeric: tabular-nums;
    }
    .link i {
      width: 8px;
      height: 8px;
      border: 2px solid var(--warn);
      border-radius: 50%;
    }
    .open i {
      border-color: var(--up);
      background: var(--up);
    }
    .waiting {
      color: var(--warn);
    }
    @media (max-width: 720px) {
      :host {
        flex-wrap: wrap;
        gap: 0 12px;
        height: auto;
        padding: 9px 12px;
      }
      .date {
        order: 5;
        width: 100%;
        font-size: 12px;
      }
      time {
        font-size: 16px;
      }
      small,
      h1 span {
        display: none;
      }
    }
  `;

  constructor() {
    super();
    /** @type {Pulse | null} */
    this.pulse = null;
    /** @type {ConnectionState} */
    this.connection = { state: "connecting", retryAt: null };
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.timer = setInterval(() => this.connection.retryAt !== null && this.requestUpdate(), REFRESH_MS);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  /** @override */
  render() {
    const now = this.pulse?.message;
    return html`
      <h1>${logo}<span>tickerboard</span></h1>
      <span class="session ${now?.session ?? ""}">${sessionName(now?.session)}</span>
      <time title="Newest time in the data, New York">${newYorkTime(now?.event_time)}<small>New York</small></time>
      <span class="date">${now?.trading_date ? tradingDate(now.trading_date) : nothing}</span>
      <span class="link ${this.connection.state}" role="status"><i></i>${this.#words()}</span>
    `;
  }

  #words() {
    const { state, retryAt } = this.connection;
    if (state === "open") return "Connected";
    if (state === "connecting") return "Connecting…";
    if (state === "closed" || retryAt === null) return "Closed";
    return `Reconnecting in ${Math.max(0, Math.ceil((retryAt - performance.now()) / 1000))} s`;
  }
}

const logo = html`<svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke-width="3" stroke-linecap="round">
  <path d="M2.5 4h15" stroke="var(--up)"></path>
  <path d="M2.5 10h10" stroke="var(--up)" opacity="0.65"></path>
  <path d="M2.5 16h5" stroke="var(--down)"></path>
</svg>`;

customElements.define("market-bar", MarketBar);
