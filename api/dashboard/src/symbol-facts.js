/** Everything known of one ticker: `<symbol-facts>`. */

import { LitElement, html, nothing, svg } from "lit";

import "./data-age.js";
import { byName, groupsOf, placeIn } from "./facts.js";
import { direction, full } from "./format.js";
import { factsStyles } from "./symbol-facts-styles.js";

/** @import { Table } from "./board-store.js" */
/** @import { Pulse } from "./freshness.js" */
/** @import { Cell, MetricInfo } from "./types.js" */

const ARROWS = { up: "▲", down: "▼", flat: "" };
/** @type {[string, string][]} */
const RANGES = [["pre_market", "Pre-market"], ["regular", "Regular"], ["post_market", "Post-market"]];

export class SymbolFacts extends LitElement {
  static properties = {
    ticker: {},
    table: { attribute: false },
    metrics: { attribute: false },
    pulse: { attribute: false },
    dimmed: { type: Boolean, reflect: true },
  };

  static styles = factsStyles;

  constructor() {
    super();
    /** @type {string | null} */
    this.ticker = null;
    /** @type {Table | undefined} */
    this.table = undefined;
    /** @type {MetricInfo[]} */
    this.metrics = [];
    /** @type {Pulse | null} */
    this.pulse = null;
    this.dimmed = false;
  }

  /** @override */
  render() {
    return html`
      <header>
        <form @submit=${this.#look} role="search">
          <input name="ticker" aria-label="Ticker" placeholder="Ticker  /" maxlength="12" autocomplete="off" autocapitalize="characters" spellcheck="false" enterkeyhint="go">
        </form>
        <data-age .pulse=${this.pulse}></data-age>
        ${this.ticker ? html`<button type="button" @click=${() => this.#choose(null)} aria-label="Close" title="Close (Esc)">×</button>` : nothing}
      </header>
      <div class="content"><div class="columns">${this.ticker ? this.#facts(this.ticker) : this.#hint()}</div></div>
    `;
  }

  /** Put the cursor where a ticker is typed. */
  search() {
    this.renderRoot.querySelector("input")?.select();
  }

  #hint() {
    return html`<p class="hint">Choose a row, or type a ticker, to see all its facts.</p>`;
  }

  /** @param {string} ticker */
  #facts(ticker) {
    const row = this.table?.rows[0];
    if (!this.table) return html`<h2>${ticker}</h2><p class="hint">Asking…</p>`;
    if (!row) return html`<h2>${ticker}</h2><p class="hint">No bar of this ticker today. It shows here as soon as one comes.</p>`;
    /** @type {Record<string, Cell>} */
    const cells = Object.fromEntries(this.table.columns.map((name, at) => [name, row[at]]));
    const known = byName(this.metrics);
    const unit = (/** @type {string} */ name) => known.get(name)?.unit ?? "";
    const tone = direction(cells.change);
    return html`
      <h2>${ticker}</h2>
      <p class="price">${full(cells.price, "dollars")}</p>
      <p class="change ${tone}">
        <span class="arrow">${ARROWS[tone]}</span>${full(cells.change, "dollars", "change")}
        <span class="pill">${full(cells.change_pct, "percent")}</span>
      </p>
      <div class="ranges">${RANGES.map(([session, label]) => range(label, cells, session))}</div>
      ${groupsOf(this.table.columns).map(
        ({ title, facts }) => html`
          <section>
            <h3>${title}</h3>
            <dl>
              ${facts.map(
                ({ name, label }) => html`
                  <div title=${known.get(name)?.meaning ?? ""} data-metric=${name}>
                    <dt>${label}</dt>
                    <dd class=${unit(name) === "percent" ? direction(cells[name]) : ""}>${full(cells[name], unit(name), name)}</dd>
                  </div>
                `,
              )}
            </dl>
          </section>
        `,
      )}
    `;
  }

  /** @param {SubmitEvent} event */
  #look(event) {
    event.preventDefault();
    const input = this.renderRoot.querySelector("input");
    const ticker = input?.value.trim() ?? "";
    if (!input || !ticker) return;
    input.value = "";
    input.blur();
    this.#choose(ticker === ticker.toLowerCase() ? ticker.toUpperCase() : ticker);
  }

  /** @param {string | null} ticker */
  #choose(ticker) {
    this.dispatchEvent(new CustomEvent("ticker-chosen", { detail: ticker, bubbles: true, composed: true }));
  }
}

/**
 * Return where the price stands between a session's low and high, nothing if the session has no bar.
 *
 * @param {string} label
 * @param {Record<string, Cell>} cells
 * @param {string} session
 */
function range(label, cells, session) {
  const low = cells[`${session}_low`];
  const high = cells[`${session}_high`];
  const place = placeIn(cells.price, low, high);
  if (place === null) return nothing;
  const within = Number(cells.price) >= Number(low) && Number(cells.price) <= Number(high);
  const x = 3 + 194 * place;
  return html`
    <div class="range">
      <span>${full(low, "dollars")}</span>
      <svg viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label="${label} range">
        ${svg`<rect class="track" y="4.5" width="200" height="3" rx="1.5"></rect>
        <rect class="part" y="4.5" width=${x} height="3" rx="1.5"></rect>
        <rect class="mark ${within ? "" : "outside"}" x=${x - 1.5} y="0.5" width="3" height="11" rx="1"></rect>`}
      </svg>
      <span>${full(high, "dollars")}</span>
      <small>${label} range</small>
    </div>
  `;
}

customElements.define("symbol-facts", SymbolFacts);
