import assert from "node:assert/strict";
import test from "node:test";

import { emptyText, grouped } from "../../api/dashboard/src/board-choice.js";
import { columnsOf, reach } from "../../api/dashboard/src/board-columns.js";
import { groupsOf, placeIn } from "../../api/dashboard/src/facts.js";
import * as format from "../../api/dashboard/src/format.js";
import { ageOf, formatAge, freshness } from "../../api/dashboard/src/freshness.js";

test("undefined is an en dash in every unit", () => {
  for (const unit of ["dollars", "percent", "shares", "ratio", "days", "unknown"]) {
    assert.equal(format.short(null, unit), "–");
    assert.equal(format.full(undefined, unit), "–");
  }
});

test("numbers in tables", () => {
  const cases = [
    [12.5, "dollars", "12.50"],
    [0.0123, "dollars", "0.0123"],
    [1234.5, "dollars", "1,234.50"],
    [10, "percent", "+10.00"],
    [-2.345, "percent", "−2.35"],
    [0, "percent", "0.00"],
    [-0.001, "percent", "0.00"],
    [1512.25, "percent", "+1,512.25"],
    [0.5, "shares", "0.50"],
    [999, "shares", "999"],
    [12_340, "shares", "12.34K"],
    [999_990, "shares", "1.00M"],
    [149_000_000, "shares", "149.0M"],
    [2.5e9, "shares", "2.50B"],
    [0.381, "ratio", "0.38×"],
    [1250.4, "ratio", "1,250×"],
    [Date.UTC(2026, 10, 20, 14, 30, 5), "ms since the epoch", "09:30:05"],
    [12_345, "trades", "12,345"],
    [3.25, "trades per second", "3.3"],
    [-0.5, "dollars per minute", "−0.5000"],
    [1, "1 or 0", "yes"],
    [0, "1 or 0", "no"],
  ];
  for (const [value, unit, text] of cases) assert.equal(format.short(value, unit), text);
});

test("numbers among the facts", () => {
  const cases = [
    [-7.2, "dollars", "change", "−7.20"],
    [7.2, "dollars", "change", "+7.20"],
    [7.2, "dollars", "open", "$7.20"],
    [10, "percent", "gap_pct", "+10.00 %"],
    [1234567, "shares", "avg_volume", "1,234,567"],
    [1, "days", "volume_sample_days", "1 day"],
    [10, "days", "volume_sample_days", "10 days"],
  ];
  for (const [value, unit, name, text] of cases) assert.equal(format.full(value, unit, name), text);
});

test("what shows as zero has no direction", () => {
  assert.deepEqual([0.004, -0.004, 0.01, -0.01, null].map(format.direction), ["flat", "flat", "up", "down", "flat"]);
});

test("times are New York's, in summer and in winter", () => {
  assert.equal(format.newYorkTime(Date.UTC(2026, 6, 1, 13, 30)), "09:30:00");
  assert.equal(format.newYorkTime(Date.UTC(2026, 10, 20, 14, 30, 5)), "09:30:05");
  assert.equal(format.newYorkTime(null), "––:––:––");
  assert.equal(format.tradingDate("2026-11-20"), "Fri 20 Nov 2026");
  assert.equal(format.sessionName("pre_market"), "Pre-market");
});

test("age grows from the last heartbeat on, and its classes have their edges at 5 s and 60 s", () => {
  const pulse = { message: { age_ms: 400 }, receivedAt: 1000 };

  assert.equal(ageOf(pulse, 3000), 2400);
  assert.equal(ageOf(null, 3000), null);
  assert.equal(ageOf({ ...pulse, message: { age_ms: null } }, 3000), null);
  assert.deepEqual([null, 0, 4999, 5000, 59_999, 60_000].map(freshness), ["none", "fresh", "fresh", "late", "late", "stale"]);
  assert.deepEqual(
    [null, 0, 9949, 65_000, 600_000, 8_000_000, 400_000_000].map(formatAge),
    ["no data", "0.0 s", "9.9 s", "65 s", "10 min", "2 h", "4 days"],
  );
});

test("a board shows its own metric first and none twice", () => {
  const metrics = (metric) => columnsOf({ name: "x", title: "X", metric, unit: "percent", descending: true }).map((column) => column.metric);

  assert.deepEqual(metrics("change_pct"), ["change_pct", "price", "accumulated_volume", "relative_volume"]);
  assert.deepEqual(metrics("gap_pct"), ["gap_pct", "price", "change_pct", "accumulated_volume", "relative_volume"]);
  assert.deepEqual(metrics("a_later_one")[0], "a_later_one");
});

test("boards are offered under headings, both in the order in which they come", () => {
  const offered = [["a", "Volume"], ["b", "Price"], ["c", "Volume"]].map(([name, group]) => ({ name, group }));

  assert.deepEqual(
    grouped(offered).map(([group, boards]) => [group, boards.map(({ name }) => name)]),
    [["Volume", ["a", "c"]], ["Price", ["b"]]],
  );
});

test("an empty board says when it is not of this session", () => {
  const board = { sessions: ["post_market", "closed"] };

  assert.equal(emptyText(board, "regular"), "Not in this session, only in: post-market, closed.");
  assert.equal(emptyText(board, "closed"), "Nothing ranks here yet.");
  assert.equal(emptyText(board, null), "Nothing ranks here yet.");
  assert.equal(emptyText(undefined, "regular"), "Nothing ranks here yet.");
});

test("bars reach by the square root", () => {
  assert.deepEqual([reach(25, 100), reach(-100, 100), reach(5, 0), reach(null, 9)], [50, 100, 0, 0]);
});

test("every metric is in one group, also one that came later", () => {
  const groups = groupsOf(["ticker", "price", "change", "open", "vwap", "moon_phase"]);

  assert.deepEqual(groups.map(({ title, facts }) => [title, facts.map(({ label }) => label)]), [
    ["Today", ["Open", "VWAP"]],
    ["More", ["moon phase"]],
  ]);
});

test("the place of a price in a range", () => {
  assert.deepEqual([placeIn(5, 0, 10), placeIn(12, 0, 10), placeIn(5, 5, 5)], [0.5, 1, 0.5]);
  assert.equal(placeIn(5, null, 10), null);
});
