/** How old what is shown is: `<data-age>`, always moving, so that a page that stopped cannot pass for a live one. */

import { LitElement, css, html } from "lit";

import { ageOf, formatAge, freshness } from "./freshness.js";

/** @import { Pulse } from "./freshness.js" */

const REFRESH_MS = 250;
const MEANING = { fresh: "live", late: "late", stale: "stale", none: "no data yet" };

export class DataAge extends LitElement {
  static properties = { pulse: { attribute: false } };

  static styles = css`
    :host {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      color: var(--text-soft);
      font-size: 12px;
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
    i {
      width: 7px;
      height: 7px;
      border-radius: 50%;
      background: var(--text-faint);
    }
    .fresh {
      background: var(--up);
    }
    .late {
      background: var(--warn);
    }
    .stale {
      border-radius: 1px;
      background: var(--down);
    }
    .late + span {
      color: var(--warn);
    }
    .stale + span {
      color: var(--down);
    }
  `;

  constructor() {
    super();
    /** @type {Pulse | null} */
    this.pulse = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.timer = setInterval(() => this.requestUpdate(), REFRESH_MS);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  /** @override */
  render() {
    const age = ageOf(this.pulse, performance.now());
    const state = freshness(age);
    const title = age === null ? MEANING.none : `${MEANING[state]}: the oldest part of this is ${formatAge(age)} old`;
    return html`<i class=${state} title=${title}></i><span title=${title}>${formatAge(age)}</span>`;
  }
}

customElements.define("data-age", DataAge);
