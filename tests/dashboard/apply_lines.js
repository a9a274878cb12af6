// Reads `{old, change}` as JSON lines of four-column tables and writes each table after its change, for the Python tests.
import { createInterface } from "node:readline";

import { applyChange } from "../../api/dashboard/src/board-store.js";

const WIDTH = 4;

for await (const line of createInterface({ input: process.stdin })) {
  const { old, change } = JSON.parse(line);
  console.log(JSON.stringify(applyChange(old, change, WIDTH)));
}
