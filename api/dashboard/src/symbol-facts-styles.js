/** How the facts of a symbol look. */

import { css } from "lit";

export const factsStyles = css`
  :host {
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
    gap: 10px;
    height: 44px;
    flex: none;
    padding: 0 14px 0 8px;
  }
  form {
    flex: 1;
  }
  input {
    width: 100%;
    max-width: 12rem;
    height: 28px;
    padding: 0 10px;
    border: 1px solid var(--line);
    border-radius: 7px;
    background: var(--ground);
    color: var(--text);
    font: 500 13px/1 var(--font);
    text-transform: none;
  }
  input::placeholder {
    color: var(--text-faint);
    font-weight: 400;
    opacity: 1;
  }
  input:focus-visible,
  button:focus-visible {
    border-color: transparent;
    outline: 2px solid var(--accent);
  }
  button {
    width: 28px;
    height: 28px;
    margin-right: -8px;
    border: 0;
    border-radius: 7px;
    background: transparent;
    color: var(--text-soft);
    cursor: pointer;
    font: 400 20px/1 var(--font);
  }
  button:hover {
    background: var(--raised);
    color: var(--text);
  }
  .content {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    padding: 6px 18px 18px;
    scrollbar-color: var(--line-strong) transparent;
    scrollbar-width: thin;
  }
  .hint {
    margin: 1.5rem 0;
    color: var(--text-faint);
    line-height: 1.5;
  }
  h2 {
    margin: 4px 0 0;
    color: var(--text-soft);
    font-size: 15px;
    font-weight: 600;
    letter-spacing: 0.02em;
  }
  .price {
    margin: 0;
    font-size: 38px;
    font-variant-numeric: tabular-nums;
    font-weight: 600;
    letter-spacing: -0.03em;
    line-height: 1.15;
  }
  .change {
    display: flex;
    align-items: center;
    gap: 8px;
    margin: 4px 0 14px;
    font-size: 15px;
    font-variant-numeric: tabular-nums;
    font-weight: 550;
  }
  .arrow {
    font-size: 10px;
  }
  .arrow:empty {
    display: none;
  }
  .pill {
    padding: 1px 8px;
    border-radius: 20px;
    background: var(--raised);
  }
  .up {
    color: var(--up);
  }
  .up .pill {
    background: rgb(53 214 174 / 14%);
  }
  .down {
    color: var(--down);
  }
  .down .pill {
    background: rgb(255 127 92 / 15%);
  }
  .ranges {
    display: grid;
    gap: 10px;
    margin-bottom: 6px;
  }
  .range {
    display: grid;
    grid-template-columns: auto 1fr auto;
    gap: 1px 9px;
    align-items: center;
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .range svg {
    width: 100%;
    height: 12px;
  }
  .range small {
    grid-column: 1 / -1;
    color: var(--text-faint);
    font-size: 11px;
  }
  .track {
    fill: var(--line-strong);
  }
  .part {
    fill: var(--accent);
    opacity: 0.55;
  }
  .mark {
    fill: var(--text);
  }
  .mark.outside {
    fill: var(--text-faint);
  }
  section {
    break-inside: avoid;
  }
  h3 {
    margin: 16px 0 5px;
    padding-bottom: 5px;
    border-bottom: 1px solid var(--line);
    color: var(--text-faint);
    font-size: 12px;
    font-weight: 500;
  }
  dl {
    margin: 0;
  }
  dl div {
    display: flex;
    justify-content: space-between;
    gap: 12px;
    padding: 3px 0;
  }
  dt {
    color: var(--text-soft);
  }
  dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
    font-weight: 500;
    text-align: right;
  }
  :host([dimmed]) .content {
    filter: saturate(0.35);
    opacity: 0.55;
  }
  @container (min-width: 640px) {
    .columns {
      columns: 2;
      column-gap: 36px;
    }
  }
  @container (min-width: 1000px) {
    .columns {
      columns: 3;
    }
  }
`;
