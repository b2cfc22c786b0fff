"use strict";
// The page made with pyvis: draws what pyvis holds, shows the quotes of what is clicked.

(() => {
  const data = dataBlock("data");
  /** @type {Words} */
  const words = { lang: data.lang, dark: false, texts: data.texts, drawing: data };
  const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const panel = byId("panel");

  /** @param {...Node} content */
  function show(...content) {
    panel.replaceChildren(...content);
    panel.scrollTop = 0;
  }

  /** The edge that holds this claim. @param {string} id */
  function follow(id) {
    const found = data.edges.findIndex((/** @type {Edge} */ edge) => edge.claims.some((claim) => claim.id === id));
    network.selectEdges([found]);
    show(edgeCard(data.edges[found], words, follow));
  }

  /** A node's classes and all its edges. @param {number} index */
  function nodeCard(index) {
    const node = data.nodes[index];
    const kinds = node.types.map((/** @type {string} */ name) => labelOf(lookUp(data.classes, name), name, words.lang));
    const edges = data.edges.filter((/** @type {Edge} */ edge) => edge.from === index || edge.to === index);
    const cards = edges.map((/** @type {Edge} */ edge) => edgeCard(edge, words, follow));
    const facts = [...kinds, node.known ? words.texts.known : words.texts.unknown].join(" · ");
    return [element("h2", { class: "name" }, isolated(node.name)), element("p", { class: "small" }, facts), ...cards];
  }

  /** @param {string} title @param {HTMLElement[]} items */
  function legendGroup(title, items) {
    byId("legend").append(element("p", {}, element("strong", {}, title), ...items));
  }

  function legend() {
    const { classes, relations, styles } = data;
    const drawn = new Set(data.nodes.map((/** @type {GraphNode} */ node) => node.class));
    const item = (/** @type {Node} */ sample, /** @type {string} */ text) => element("span", {}, sample, " ", text);
    legendGroup(words.texts.classes, Object.keys(classes).filter((name) => drawn.has(name))
      .map((name) => item(nodeSample(classes[name]), labelOf(classes[name], name, words.lang))));
    legendGroup(words.texts.relations, Object.keys(relations)
      .map((name) => item(lineSample(relations[name].color, "solid", false), labelOf(relations[name], name, words.lang))));
    const lines = Object.keys(styles)
      .map((name) => item(lineSample("#37414d", styles[name], name === "denied"), words.texts[name]));
    legendGroup(words.texts.status, [...lines, item(lineSample("#37414d", "dotted", false), words.texts.inferred)]);
  }

  const claims = data.edges.reduce((/** @type {number} */ sum, /** @type {Edge} */ edge) => sum + edge.claims.length, 0);
  const counts = { nodes: data.nodes.length, edges: data.edges.length, claims };
  byId("counts").textContent = filled(words.texts.counts, counts);
  if (matchMedia("(max-width: 700px)").matches) byId("legend").removeAttribute("open");
  legend();
  if (!data.nodes.length) show(element("p", { class: "hint" }, words.texts.empty));
  const network = new vis.Network(byId("graph"), {
    nodes: new vis.DataSet(data.vis.nodes),
    edges: new vis.DataSet(data.vis.edges),
  }, data.vis.options);
  network.fit();
  network.on("click", (/** @type {{nodes: number[], edges: number[]}} */ hit) => {
    if (hit.nodes.length) show(...nodeCard(hit.nodes[0]));
    else if (hit.edges.length) show(edgeCard(data.edges[hit.edges[0]], words, follow));
  });
  Object.assign(window, { kgNetwork: network }); // for whoever wants to go on from the console
})();
