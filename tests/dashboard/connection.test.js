import assert from "node:assert/strict";
import test from "node:test";

import { FIRST_WAIT_MS, LONGEST_WAIT_MS, SETTLED_MS, SILENCE_MS, backoff } from "../../api/dashboard/src/connection.js";
import { Feeds } from "../../api/dashboard/src/feeds.js";

/** A socket that the test plays the gateway of. */
class Socket {
  constructor() {
    this.readyState = 0;
    this.sent = [];
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  opened() {
    this.readyState = 1;
    this.onopen();
  }
  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

function begin(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const sockets = [];
  const feeds = new Feeds("ws://gateway/ws", () => {}, () => (sockets.push(new Socket()), sockets.at(-1)));
  feeds.link.connect();
  sockets[0].opened();
  return { feeds, sockets };
}

const snapshot = (sequence, rows) => ({
  type: "snapshot",
  feed: "board:gainers",
  epoch: "e",
  sequence,
  columns: ["ticker", "change_pct"],
  rows,
});
const change = (sequence, upserts) => ({ type: "change", feed: "board:gainers", epoch: "e", sequence, upserts, removals: [], moves: [] });

test("waits double from 1 s to 30 s, each with jitter", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 60].map((attempt) => backoff(attempt, 1)), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assert.deepEqual([backoff(0, 0), backoff(60, 0)], [FIRST_WAIT_MS / 2, LONGEST_WAIT_MS / 2]);
});

test("a snapshot and the changes after it make the table", (t) => {
  const { feeds, sockets } = begin(t);
  feeds.follow({ feed: "board:gainers" });
  sockets[0].say(snapshot(4, [["A", 1]]));
  sockets[0].say(change(5, [["A", 1, 2]]));

  assert.deepEqual(sockets[0].sent, [{ action: "subscribe", feed: "board:gainers" }]);
  assert.deepEqual(feeds.tables.get("board:gainers").rows, [["A", 2]]);
});

test("a gap asks for a fresh snapshot; what came twice does not", (t) => {
  const { feeds, sockets } = begin(t);
  feeds.follow({ feed: "board:gainers" });
  sockets[0].say(snapshot(4, [["A", 1]]));
  sockets[0].say(change(4, [["A", 1, 9]]));
  assert.equal(sockets[0].sent.length, 1);
  sockets[0].say(change(6, [["A", 1, 9]]));

  assert.equal(sockets[0].sent.length, 2);
  assert.deepEqual(feeds.tables.get("board:gainers").rows, [["A", 1]]);
});

test("acknowledgements and feeds just left show nothing", (t) => {
  const { feeds, sockets } = begin(t);
  feeds.follow({ feed: "board:gainers" });
  feeds.unfollow("board:gainers");
  sockets[0].say({ type: "subscribed", feed: "board:gainers", limit: 500 });
  sockets[0].say(snapshot(4, [["A", 1]]));

  assert.equal(feeds.tables.size, 0);
  assert.equal(feeds.pulse, null);
});

test("a lost connection comes back and goes on with what was followed, from where it was", (t) => {
  const { feeds, sockets } = begin(t);
  feeds.follow({ feed: "board:gainers" });
  feeds.follow({ feed: "symbol:AAPL" });
  sockets[0].say(snapshot(4, [["A", 1]]));
  sockets[0].onclose();
  assert.equal(feeds.connection.state, "waiting");
  t.mock.timers.tick(FIRST_WAIT_MS);
  sockets[1].opened();

  assert.deepEqual(sockets[1].sent, [
    { action: "resume", feed: "board:gainers", epoch: "e", sequence: 4 },
    { action: "subscribe", feed: "symbol:AAPL" },
  ]);
  assert.equal(feeds.connection.state, "open");
});

test("silence is a lost connection; any word puts it off", (t) => {
  const { feeds, sockets } = begin(t);
  t.mock.timers.tick(SILENCE_MS - 1);
  sockets[0].say({ type: "heartbeat", age_ms: 5 });
  t.mock.timers.tick(SILENCE_MS - 1);
  assert.equal(feeds.connection.state, "open");
  t.mock.timers.tick(1);

  assert.equal(feeds.connection.state, "waiting");
});

test("waits grow while connections end at once, whatever they said", (t) => {
  const { feeds, sockets } = begin(t);
  for (const [attempt, words] of [[{ type: "error", message: "no" }], [{ type: "heartbeat", age_ms: 5 }, { type: "error", message: "no" }]].entries()) {
    assert.equal(feeds.link.attempt, attempt);
    words.forEach((word) => sockets[attempt].say(word));
    sockets[attempt].onclose();
    t.mock.timers.tick(LONGEST_WAIT_MS);
    sockets[attempt + 1].opened();
  }

  assert.equal(feeds.link.attempt, 2);
});

test("waits begin anew once a connection has been good for some seconds; errors do not make it good", (t) => {
  const { feeds, sockets } = begin(t);
  sockets[0].onclose();
  t.mock.timers.tick(FIRST_WAIT_MS);
  sockets[1].opened();
  sockets[1].say({ type: "error", message: "no" });
  t.mock.timers.tick(SETTLED_MS);
  assert.equal(feeds.link.attempt, 1);
  sockets[1].say({ type: "heartbeat", age_ms: 5 });
  t.mock.timers.tick(SETTLED_MS - 1);
  assert.equal(feeds.link.attempt, 1);
  t.mock.timers.tick(1);

  assert.equal(feeds.link.attempt, 0);
});

test("a deliberate close is the end", (t) => {
  const { feeds, sockets } = begin(t);
  feeds.link.close();
  t.mock.timers.tick(10 * LONGEST_WAIT_MS);

  assert.deepEqual([feeds.connection.state, sockets.length], ["closed", 1]);
});
