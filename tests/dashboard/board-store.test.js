import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { applyChange, fromSnapshot, inSight, moved, withChange } from "../../api/dashboard/src/board-store.js";

const vectors = JSON.parse(readFileSync(new URL("change_vectors.json", import.meta.url), "utf8"));

for (const { name, width, old, new: expected, change } of vectors) {
  test(`a change leads from old to new: ${name}`, () => {
    const before = structuredClone(old);

    assert.deepEqual(applyChange(old, change, width), expected);
    assert.deepEqual(old, before, "the old table stays as it was");
  });
}

const snapshot = {
  type: "snapshot",
  feed: "board:gainers",
  epoch: "e",
  sequence: 7,
  columns: ["ticker", "change_pct"],
  rows: [["A", 1]],
};
const change = { type: "change", feed: "board:gainers", epoch: "e", sequence: 8, upserts: [["A", 1, 2]], removals: [], moves: [] };

test("the next change is taken", () => {
  const table = withChange(fromSnapshot(snapshot), change);

  assert.deepEqual([table.sequence, table.rows], [8, [["A", 2]]]);
});

for (const [name, other] of [
  ["a change left out", { sequence: 9 }],
  ["a change twice", { sequence: 7 }],
  ["another life of the gateway", { epoch: "f" }],
]) {
  test(`refused: ${name}`, () => {
    assert.equal(withChange(fromSnapshot(snapshot), { ...change, ...other }), null);
  });
}

test("only rows in sight, and a few around, are drawn", () => {
  const view = { height: 270, rowHeight: 27, count: 500, spare: 2 };

  assert.deepEqual(inSight({ ...view, top: 0 }), { first: 0, end: 12 });
  assert.deepEqual(inSight({ ...view, top: 270 }), { first: 8, end: 22 });
  assert.deepEqual(inSight({ ...view, top: 99_999 }), { first: 500, end: 500 });
  assert.deepEqual(inSight({ ...view, top: 0, count: 0 }), { first: 0, end: 0 });
});

test("keys move the choice within the board", () => {
  const cases = [
    ["ArrowDown", -1, 0],
    ["ArrowDown", 499, 499],
    ["ArrowUp", -1, 0],
    ["ArrowUp", 5, 4],
    ["PageDown", 5, 25],
    ["PageUp", 5, 0],
    ["Home", 5, 0],
    ["End", 5, 499],
    ["a", 5, null],
    ["constructor", 5, null],
  ];
  for (const [key, from, to] of cases) assert.equal(moved(key, from, 500, 20), to, key);
  assert.equal(moved("ArrowDown", -1, 0, 20), null);
});
