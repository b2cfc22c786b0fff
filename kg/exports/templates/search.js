"use strict";
// Search for a name with completion, after the ARIA pattern "combobox with list autocomplete".

const MOST_MATCHES = 8;

/** Without accents and case. @param {string} text */
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Numbers of the nodes whose names match best. @param {string[]} names folded @param {string} wanted */
function bestMatches(names, wanted) {
  const query = folded(wanted.trim());
  if (!query) return [];
  const found = [];
  for (const [i, name] of names.entries()) {
    const at = name.indexOf(query);
    if (at >= 0) found.push({ i, rank: at === 0 ? 0 : /[\s\p{P}]/u.test(name[at - 1]) ? 1 : 2, length: name.length });
  }
  found.sort((a, b) => a.rank - b.rank || a.length - b.length || a.i - b.i);
  return found.slice(0, MOST_MATCHES).map((match) => match.i);
}

/** @param {HTMLInputElement} input @param {HTMLElement} list @param {GraphNode[]} nodes @param {(i: number) => void} choose @param {() => string} none */
function setUpSearch(input, list, nodes, choose, none) {
  const names = nodes.map((node) => folded(node.name));
  /** @type {number[]} */
  let matches = [];
  let current = 0;
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (/** @type {number} */ i) => { close(); input.value = shortened(nodes[i].name, 80); choose(i); };
  const draw = () => {
    const options = matches.map((i, place) => {
      const attributes = { role: "option", id: `match${place}`, "aria-selected": String(place === current) };
      const option = element("li", attributes, isolated(shortened(nodes[i].name, 80)));
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(i); });
      return option;
    });
    list.replaceChildren(...(options.length ? options : [element("li", { class: "small" }, none())]));
    list.hidden = !input.value.trim();
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (options.length) input.setAttribute("aria-activedescendant", `match${current}`);
  };
  input.addEventListener("input", () => { matches = bestMatches(names, input.value); current = 0; draw(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && matches.length) { current = (current + step + matches.length) % matches.length; draw(); event.preventDefault(); }
    else if (event.key === "Enter" && matches.length) take(matches[current]);
    else if (event.key === "Escape") { close(); event.stopPropagation(); }
  });
}
