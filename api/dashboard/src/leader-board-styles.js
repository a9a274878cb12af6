/** How a board looks. */

import { css } from "lit";

export const boardStyles = css`
  :host {
    --row: 27px;
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    container-type: inline-size;
    overflow: hidden;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--panel);
  }
  header {
    display: flex;
    align-items: center;
    gap: 12px;
    height: 44px;
    padding: 0 14px 0 4px;
    flex: none;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .choice {
    position: relative;
    display: flex;
    min-width: 0;
  }
  .choice::after {
    position: absolute;
    top: 50%;
    right: 11px;
    width: 6px;
    height: 6px;
    border: solid var(--text-faint);
    border-width: 0 1.5px 1.5px 0;
    content: "";
    pointer-events: none;
    transform: translateY(-70%) rotate(45deg);
  }
  select {
    min-width: 0;
    height: 32px;
    padding: 0 26px 0 10px;
    border: 0;
    border-radius: 7px;
    appearance: none;
    background: transparent;
    color: var(--text);
    cursor: pointer;
    font: 600 15px/1 var(--font);
    letter-spacing: -0.01em;
    text-overflow: ellipsis;
    field-sizing: content;
  }
  select:hover {
    background: var(--raised);
  }
  optgroup,
  option {
    background: var(--raised);
    font-weight: 400;
  }
  select:focus-visible,
  .body:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
  }
  .count {
    flex: 1;
    overflow: hidden;
    color: var(--text-faint);
    font-size: 12px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .row {
    display: grid;
    grid-template-columns: 34px minmax(64px, 1fr) repeat(5, minmax(72px, 1fr));
    align-items: center;
    column-gap: 2px;
    height: var(--row);
    padding: 0 14px 0 0;
  }
  .row:has(> :nth-child(6):last-child) {
    grid-template-columns: 34px minmax(64px, 1fr) repeat(4, minmax(76px, 1fr));
  }
  .head {
    height: 26px;
    flex: none;
    border-bottom: 1px solid var(--line);
    color: var(--text-faint);
    font-size: 11px;
    letter-spacing: 0.02em;
  }
  .head .ranked {
    color: var(--text-soft);
  }
  .rank {
    padding-right: 12px;
    color: var(--text-faint);
    font-size: 11px;
    font-variant-numeric: tabular-nums;
    text-align: right;
  }
  .ticker {
    overflow: hidden;
    color: var(--text);
    font-weight: 550;
    letter-spacing: 0.01em;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .head .ticker {
    color: inherit;
    font-weight: 400;
  }
  .cell {
    position: relative;
    height: calc(100% - 4px);
    display: flex;
    align-items: center;
    justify-content: flex-end;
    padding: 0 7px;
    border-radius: 4px;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .cell b {
    position: relative;
    font-weight: 400;
  }
  .ranked b {
    font-weight: 650;
  }
  .up {
    color: var(--up);
  }
  .down {
    color: var(--down);
  }
  .accumulated_volume:not(.ranked) b,
  .relative_volume:not(.ranked) b {
    color: var(--text-soft);
  }
  .bar {
    position: absolute;
    inset: 2px 0;
    width: 100%;
    height: calc(100% - 4px);
    fill: var(--accent);
    opacity: 0.17;
  }
  .bar.up {
    fill: var(--up);
    opacity: 0.15;
  }
  .bar.down {
    fill: var(--down);
    opacity: 0.17;
  }
  .body {
    position: relative;
    flex: 1;
    min-height: 0;
    overflow-x: hidden;
    overflow-y: auto;
    scrollbar-color: var(--line-strong) transparent;
    scrollbar-width: thin;
  }
  .window {
    position: absolute;
    inset: 0 0 auto;
    will-change: transform;
  }
  .body .row {
    border-bottom: 1px solid rgb(30 38 51 / 45%);
    cursor: pointer;
  }
  .body .row:hover {
    background: var(--raised);
  }
  .body .row.chosen {
    background: rgb(127 180 255 / 12%);
    box-shadow: inset 3px 0 var(--accent);
  }
  .empty {
    padding: 2.5rem 1rem;
    margin: 0;
    color: var(--text-faint);
    text-align: center;
  }
  :host([dimmed]) .body {
    filter: saturate(0.35);
    opacity: 0.55;
  }
  @container (max-width: 479px) {
    .row,
    .row:has(> :nth-child(6):last-child) {
      grid-template-columns: 30px minmax(52px, 1fr) repeat(4, minmax(58px, 1fr));
      padding-right: 6px;
    }
    .row:has(> :nth-child(7):last-child) .relative_volume:not(.ranked) {
      display: none;
    }
    .rank {
      padding-right: 8px;
    }
    .cell {
      padding: 0 5px;
    }
  }
  @container (max-width: 359px) {
    .row,
    .row:has(> :nth-child(6):last-child) {
      grid-template-columns: 28px minmax(50px, 1fr) repeat(3, minmax(58px, 1fr));
    }
    .relative_volume:not(.ranked),
    .row:has(> :nth-child(7):last-child) .accumulated_volume:not(.ranked) {
      display: none;
    }
  }
  @media (pointer: coarse) {
    :host {
      --row: 34px;
    }
  }
`;
