/** One live board: `<leader-board>`, of which only the rows in sight are drawn. */

import { LitElement, html, nothing, svg } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { emptyText, grouped } from "./board-choice.js";
import { columnsOf, reach } from "./board-columns.js";
import { inSight, moved } from "./board-store.js";
import "./data-age.js";
import { direction, short } from "./format.js";
import { boardStyles } from "./leader-board-styles.js";

/** @import { Column } from "./board-columns.js" */
/** @import { Table } from "./board-store.js" */
/** @import { Pulse } from "./freshness.js" */
/** @import { BoardInfo, Cell, Row } from "./types.js" */

const FLASH_MS = 900;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export class LeaderBoard extends LitElement {
  static properties = {
    boards: { attribute: false },
    board: {},
    table: { attribute: false },
    pulse: { attribute: false },
    selected: {},
    dimmed: { type: Boolean, reflect: true },
  };

  static styles = boardStyles;

  constructor() {
    super();
    /** @type {BoardInfo[]} */
    this.boards = [];
    this.board = "";
    /** @type {Table | undefined} */
    this.table = undefined;
    /** @type {Pulse | null} */
    this.pulse = null;
    /** @type {string | null} */
    this.selected = null;
    this.dimmed = false;
    this.view = { top: 0, height: 600, rowHeight: 27 };
    /** @type {Map<string, Cell>} ranked value and price of each row when last drawn */
    this.drawn = new Map();
    this.drawnOf = "";
    this.observer = new ResizeObserver(() => this.#measure());
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  /** @override */
  firstUpdated() {
    this.observer.observe(this.#body);
  }

  /** @override */
  render() {
    const info = this.boards.find(({ name }) => name === this.board);
    const columns = columnsOf(info);
    const rows = this.table?.rows ?? [];
    return html`
      <header>
        <label class="choice">
          <span class="hidden">Board</span>
          <select title=${info?.explanation || nothing} @change=${this.#choose}>
            ${grouped(this.boards).map(([group, boards]) => html`<optgroup label=${group}>
              ${boards.map(({ name, title }) => html`<option value=${name} ?selected=${name === this.board}>${title}</option>`)}</optgroup>`)}
          </select>
        </label>
        <span class="count">${rows.length ? `${rows.length} ranked` : nothing}</span>
        <data-age .pulse=${this.pulse}></data-age>
      </header>
      <div class="row head" aria-hidden="true">
        <span class="rank">#</span><span class="ticker">Ticker</span>
        ${columns.map((column) => html`<span class="cell ${column.metric} ${column.ranked ? "ranked" : ""}">${column.label}</span>`)}
      </div>
      <div
        class="body"
        role="grid"
        tabindex="0"
        aria-label=${info?.title ?? "Board"}
        aria-rowcount=${rows.length}
        aria-activedescendant=${this.selected ? `row-${this.selected}` : nothing}
        @scroll=${this.#measure}
        @keydown=${this.#key}
        @click=${this.#click}
      >
        ${this.table ? this.#rows(rows, columns) : html`<p class="empty">Waiting for the board…</p>`}
        ${this.table && rows.length === 0 ? html`<p class="empty">${emptyText(info, this.pulse?.message.session)}</p>` : nothing}
      </div>
    `;
  }

  /**
   * @param {Row[]} rows
   * @param {Column[]} columns
   */
  #rows(rows, columns) {
    const { first, end } = inSight({ ...this.view, count: rows.length });
    const places = columns.map(({ metric }) => this.table?.columns.indexOf(metric) ?? -1);
    const largest = Math.max(0, ...rows.slice(0, 1).map((row) => Math.abs(Number(row[1]))));
    const visible = rows.slice(first, end).map((row, at) => ({ row, rank: first + at + 1 }));
    return html`
      <div class="space"></div>
      <div class="window">
        ${repeat(visible, ({ row }) => row[0], ({ row, rank }) => this.#row(row, rank, columns, places, largest))}
      </div>
    `;
  }

  /**
   * @param {Row} row
   * @param {number} rank
   * @param {Column[]} columns
   * @param {number[]} places
   * @param {number} largest
   */
  #row(row, rank, columns, places, largest) {
    const ticker = /** @type {string} */ (row[0]);
    const chosen = ticker === this.selected;
    return html`
      <div class="row ${chosen ? "chosen" : ""}" role="row" id="row-${ticker}" data-ticker=${ticker} aria-rowindex=${rank} aria-selected=${chosen}>
        <span class="rank" role="gridcell">${rank}</span>
        <span class="ticker" role="gridcell">${ticker}</span>
        ${columns.map((column, at) => {
          const value = row[places[at]];
          const tone = column.signed ? direction(value) : "";
          return html`<span class="cell ${column.metric} ${tone} ${column.ranked ? "ranked" : ""}" role="gridcell">
            ${column.ranked ? bar(reach(value, largest), tone) : nothing}<b>${short(value, column.unit)}</b></span>`;
        })}
      </div>
    `;
  }

  /** @override */
  updated() {
    const count = this.table?.rows.length ?? 0;
    const { first } = inSight({ ...this.view, count });
    const space = this.renderRoot.querySelector(".space");
    const pane = this.renderRoot.querySelector(".window");
    if (!(space instanceof HTMLElement) || !(pane instanceof HTMLElement)) return;
    space.style.height = `${count * this.view.rowHeight}px`;
    pane.style.transform = `translateY(${first * this.view.rowHeight}px)`;
    this.#flash(pane);
  }

  /**
   * Light up the price of each row whose price moved since it was last drawn, and the whole of a row that is new.
   *
   * @param {HTMLElement} pane
   */
  #flash(pane) {
    const place = this.table?.columns.indexOf("price") ?? -1;
    const prices = new Map(this.table?.rows.map((row) => [/** @type {string} */ (row[0]), row[place]]));
    if (this.drawnOf === this.table?.feed && !CALM.matches) {
      for (const element of /** @type {Iterable<HTMLElement>} */ (pane.children)) {
        const ticker = element.dataset.ticker ?? "";
        const before = this.drawn.get(ticker);
        const now = prices.get(ticker);
        if (!this.drawn.has(ticker)) glow(element, "var(--bar)");
        else if (typeof before === "number" && typeof now === "number" && before !== now) {
          glow(element.querySelector(".price"), now > before ? "var(--up-wash)" : "var(--down-wash)");
        }
      }
    }
    this.drawn = prices;
    this.drawnOf = this.table?.feed ?? "";
  }

  get #body() {
    return /** @type {HTMLElement} */ (this.renderRoot.querySelector(".body"));
  }

  #measure() {
    const body = this.#body;
    const rowHeight = parseFloat(getComputedStyle(this).getPropertyValue("--row")) || 27;
    this.view = { top: body.scrollTop, height: body.clientHeight, rowHeight };
    this.requestUpdate();
  }

  /** @param {Event} event */
  #choose(event) {
    const board = /** @type {HTMLSelectElement} */ (event.target).value;
    this.#body.scrollTop = 0;
    this.dispatchEvent(new CustomEvent("board-chosen", { detail: board }));
  }

  /** @param {Event} event */
  #click(event) {
    const row = /** @type {Element} */ (event.target).closest("[data-ticker]");
    if (row instanceof HTMLElement) this.#select(row.dataset.ticker ?? null);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const rows = this.table?.rows ?? [];
    const index = rows.findIndex((row) => row[0] === this.selected);
    const page = Math.max(1, Math.floor(this.view.height / this.view.rowHeight) - 1);
    const next = moved(event.key, index, rows.length, page);
    if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#reveal(next);
    this.#select(/** @type {string} */ (rows[next][0]));
  }

  /** @param {number} index */
  #reveal(index) {
    const body = this.#body;
    const top = index * this.view.rowHeight;
    if (top < body.scrollTop) body.scrollTop = top;
    const lowest = top + this.view.rowHeight - body.clientHeight;
    if (lowest > body.scrollTop) body.scrollTop = lowest;
  }

  /** @param {string | null} ticker */
  #select(ticker) {
    this.dispatchEvent(new CustomEvent("ticker-chosen", { detail: ticker, bubbles: true, composed: true }));
  }
}

/**
 * Return the bar behind a ranked value.
 *
 * @param {number} width 0 to 100
 * @param {string} tone
 */
function bar(width, tone) {
  const shape = svg`<rect x=${100 - width} width=${width} height="1"></rect>`;
  return html`<svg class="bar ${tone}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">${shape}</svg>`;
}

/**
 * Let an element light up and fade.
 *
 * @param {Element | null} element
 * @param {string} color
 */
function glow(element, color) {
  const resolved = element && getComputedStyle(element).getPropertyValue(color.slice(4, -1));
  element?.animate([{ backgroundColor: resolved ?? "" }, { backgroundColor: "transparent" }], { duration: FLASH_MS, easing: "ease-out" });
}

customElements.define("leader-board", LeaderBoard);
