"use strict";
// What the reader has chosen, kept in the URL's fragment so that a view can be shared.

/**
 * @typedef {{focus: string, hops: number, hiddenClasses: Set<string>, hiddenRelations: Set<string>,
 *   hiddenStatuses: Set<string>, expanded: Set<string>, until: string, open: string, lang: string,
 *   theme: string}} State
 */

/** Fragment parameter → name of the set that it fills, one value each time it stands there. */
const STATE_SETS = Object.freeze({
  class: "hiddenClasses", relation: "hiddenRelations", status: "hiddenStatuses", with: "expanded",
});
const STATE_TEXTS = Object.freeze(["focus", "until", "open", "lang", "theme"]);

/** The state that a fragment says; what it does not say is the default. @param {string} fragment @returns {State} */
function readState(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const state = /** @type {any} */ ({ hops: Math.min(9, Math.max(1, Number(given.get("hops")) || 1)) });
  for (const name of STATE_TEXTS) state[name] = given.get(name) || "";
  for (const [name, set] of Object.entries(STATE_SETS)) state[set] = new Set(given.getAll(name));
  return state;
}

/** The fragment that says a state. @param {State} state */
function stateFragment(state) {
  const made = new URLSearchParams();
  const values = /** @type {any} */ (state);
  for (const name of STATE_TEXTS) if (values[name]) made.append(name, values[name]);
  if (state.focus) made.append("hops", String(state.hops));
  for (const [name, set] of Object.entries(STATE_SETS)) {
    for (const value of [...values[set]].sort()) made.append(name, value);
  }
  return "#" + made.toString();
}

/** The address says the state; that of a page inside another's frame cannot be changed. @param {State} state */
function keepState(state) {
  if (location.protocol !== "about:") history.replaceState(null, "", stateFragment(state));
}
