/** PURE. How boards are offered, and what an empty one says. */

import { sessionName } from "./format.js";

/** @import { BoardInfo } from "./types.js" */

/**
 * Return the boards under their headings, both in the order in which they first appear.
 *
 * @param {BoardInfo[]} boards
 * @returns {[string, BoardInfo[]][]}
 */
export function grouped(boards) {
  const groups = [...new Set(boards.map(({ group }) => group))];
  return groups.map((group) => [group, boards.filter((board) => board.group === group)]);
}

/**
 * Return why a board has no rows.
 *
 * @param {BoardInfo | undefined} board
 * @param {string | null | undefined} session of the market now
 */
export function emptyText(board, session) {
  if (!board || !session || board.sessions.includes(session)) return "Nothing ranks here yet.";
  return `Not in this session, only in: ${board.sessions.map(sessionName).join(", ").toLowerCase()}.`;
}
