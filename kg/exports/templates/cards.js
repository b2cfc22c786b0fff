"use strict";
// What the panel shows of a node, and the legend that filters.

/**
 * @param {number} index @param {Words} words @param {{edges: Map<number, Claim[]>}} part
 * @param {{openEdge: (i: number) => void, focus: () => void, expand: () => void}} actions
 */
function nodeCard(index, words, part, actions) {
  const { drawing, texts, lang } = words;
  const node = drawing.nodes[index];
  const kinds = node.types.map((name) => labelOf(lookUp(drawing.classes, name), name, lang));
  const facts = [...kinds, node.known ? texts.known : texts.unknown].join(" · ");
  const focus = actionButton(texts.focus, actions.focus);
  const expand = actionButton(texts.expand, actions.expand);
  const list = element("ul", { class: "edges" });
  const mine = [...part.edges.keys()].filter((i) => [drawing.edges[i].from, drawing.edges[i].to].includes(index));
  for (const i of mine) list.append(edgeLine(i, words, actions.openEdge));
  return element("section", {}, element("h2", {}, isolated(node.name)),
    element("p", { class: "small" }, isolated(facts)), element("p", { class: "actions" }, focus, " ", expand), list);
}

/** @param {string} text @param {() => void} act */
function actionButton(text, act) {
  const button = element("button", { type: "button" }, text);
  button.addEventListener("click", act);
  return button;
}

/** @param {number} i @param {Words} words @param {(i: number) => void} open */
function edgeLine(i, words, open) {
  const edge = words.drawing.edges[i];
  const relation = lookUp(words.drawing.relations, edge.relation);
  const status = STATUS_ORDER.find((one) => edge.claims.some((claim) => claim.status === one)) || "confirmed";
  const line = edge.claims.every((claim) => claim.inferred) ? "dotted" : words.drawing.styles[status];
  const sample = lineSample(onPaper((relation && relation.color) || "#7a8794", words.dark), line, status === "denied");
  const button = element("button", { type: "button", class: "link" }, sentence(edge, words));
  button.addEventListener("click", () => open(i));
  const sums = edge.claims.map((claim) => money(claim, words.lang)).filter(Boolean);
  return element("li", {}, sample, button, " ", element("span", { class: "small" }, isolated(sums.at(-1) || "")));
}

/**
 * The legend: a check box for each class, relation and status that occurs.
 * @param {Words} words @param {State} state @param {() => void} changed
 */
function legendBoxes(words, state, changed) {
  const { drawing, texts, lang } = words;
  const drawn = new Set(drawing.nodes.map((node) => node.class));
  const classes = Object.keys(drawing.classes).filter((name) => drawn.has(name));
  const relations = [...new Set(drawing.edges.map((edge) => edge.relation))].sort();
  const color = (/** @type {string} */ name) => onPaper((lookUp(drawing.relations, name) || { color: "#7a8794" }).color, words.dark);
  const line = (/** @type {string} */ name) => lineSample("currentColor", lookUp(drawing.styles, name) || "dotted", name === "denied");
  return [
    legendGroup(texts.classes, classes, state.hiddenClasses, changed,
      (name) => [nodeSample(drawing.classes[name]), labelOf(drawing.classes[name], name, lang)]),
    legendGroup(texts.relations, relations, state.hiddenRelations, changed,
      (name) => [lineSample(color(name), "solid", false), labelOf(lookUp(drawing.relations, name), name, lang)]),
    legendGroup(texts.status, [...STATUS_ORDER, "inferred"], state.hiddenStatuses, changed,
      (name) => [line(name), texts[name]]),
  ];
}

/**
 * @param {string} title @param {string[]} names @param {Set<string>} hidden @param {() => void} changed
 * @param {(name: string) => [Node, string]} shown
 */
function legendGroup(title, names, hidden, changed, shown) {
  const group = element("fieldset", {}, element("legend", {}, title));
  for (const name of names) {
    const box = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox", value: name }));
    box.checked = !hidden.has(name);
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(name); else hidden.add(name);
      changed();
    });
    const [sample, text] = shown(name);
    group.append(element("label", {}, box, sample, isolated(shortened(text, 60))));
  }
  return group;
}
