/** The least that a page needs to follow a scan of one's own; `docs/api.md` has the protocol. */

import { fromSnapshot, withChange } from "./board-store.js";

/** @import { Table } from "./board-store.js" */
/** @import { ChangeMessage, Row } from "./types.js" */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const status = /** @type {HTMLElement} */ (document.querySelector("[role=status]"));
const head = /** @type {HTMLElement} */ (document.querySelector("thead"));
const body = /** @type {HTMLElement} */ (document.querySelector("tbody"));

/** @type {Table | null} */
let table = null;
/** @type {WebSocket} */
let socket;

/** What the form asks for. */
function request() {
  const fields = new FormData(form);
  return { scan: { filter: fields.get("filter"), sort: fields.get("sort"), limit: 20 }, rate: 4 };
}

function connect() {
  socket = new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws")));
  // Where it was: what was missed comes, or a snapshot.
  socket.onopen = () => send(table ? { action: "resume", epoch: table.epoch, sequence: table.sequence } : { action: "subscribe" });
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  socket.onclose = () => {
    status.textContent = "connection lost, trying again";
    setTimeout(connect, 1000 + Math.random() * 1000);
  };
}

/** @param {object} action */
function send(action) {
  socket.send(JSON.stringify({ ...action, ...request() }));
}

/** @param {any} message */
function receive(message) {
  if (message.type === "snapshot") show(fromSnapshot(message));
  else if (message.type === "change") change(message);
  else if (message.type === "heartbeat") status.textContent = message.stale ? `stale: ${message.detail}` : `live, ${message.session}`;
  else if (message.type === "error") status.textContent = message.message;
}

/** @param {ChangeMessage} message */
function change(message) {
  if (!table || message.feed !== table.feed) return;
  const next = withChange(table, message);
  if (next) show(next);
  else send({ action: "subscribe" });
}

/** @param {Table} next */
function show(next) {
  table = next;
  head.replaceChildren(line(next.columns, "th"));
  body.replaceChildren(...next.rows.map((row) => line(row, "td")));
}

/**
 * @param {Row} cells
 * @param {"th" | "td"} name
 */
function line(cells, name) {
  const row = document.createElement("tr");
  row.append(...cells.map((cell) => Object.assign(document.createElement(name), { textContent: cell === null ? "–" : String(cell) })));
  return row;
}

form.onsubmit = (event) => {
  event.preventDefault();
  if (table) socket.send(JSON.stringify({ action: "unsubscribe", feed: table.feed }));
  table = null;
  send({ action: "subscribe" });
};

connect();
