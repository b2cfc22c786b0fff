"use strict";
// Which nodes and edges are to be seen in a state, and how edges look.

const DASHES = Object.freeze({ solid: [], dashed: [9, 6], dotted: [2, 5] });
const STATUS_ORDER = Object.freeze(["confirmed", "prospective", "denied"]);

/** Claims of an edge that the state lets count. @param {Edge} edge @param {State} state */
function countedClaims(edge, state) {
  return edge.claims.filter((claim) => !state.hiddenStatuses.has(claim.status)
    && !(claim.inferred && state.hiddenStatuses.has("inferred"))
    && (!state.until || !claim.since || claim.since <= state.until));
}

/**
 * What is to be seen: edge number → claims that count, and the nodes.
 * @param {Drawing} drawing @param {State} state
 * @returns {{edges: Map<number, Claim[]>, nodes: Set<number>}}
 */
function visiblePart(drawing, state) {
  const allowed = drawing.nodes.map((node) => !state.hiddenClasses.has(node.class));
  /** @type {Map<number, Claim[]>} */
  const edges = new Map();
  drawing.edges.forEach((edge, i) => {
    if (state.hiddenRelations.has(edge.relation) || !allowed[edge.from] || !allowed[edge.to]) return;
    const claims = countedClaims(edge, state);
    if (claims.length) edges.set(i, claims);
  });
  const nodes = surroundings(drawing, state, edges) || endsOf(drawing, edges);
  for (const i of edges.keys()) {
    const edge = drawing.edges[i];
    if (!nodes.has(edge.from) || !nodes.has(edge.to)) edges.delete(i);
  }
  return { edges, nodes };
}

/** @param {Drawing} drawing @param {Map<number, Claim[]>} edges */
function endsOf(drawing, edges) {
  const bound = new Set();
  const touched = new Set();
  for (const [i, edge] of drawing.edges.entries()) {
    for (const end of [edge.from, edge.to]) (edges.has(i) ? bound : touched).add(end);
  }
  drawing.nodes.forEach((_, i) => { if (!touched.has(i)) bound.add(i); }); // no edge at all: shown
  return bound;
}

/**
 * Nodes within the hops of the focus, and the neighbours of those that were expanded.
 * @param {Drawing} drawing @param {State} state @param {Map<number, Claim[]>} edges
 */
function surroundings(drawing, state, edges) {
  const focus = state.focus ? drawing.nodes.findIndex((node) => node.iri === state.focus) : -1;
  if (focus < 0) return null;
  const neighbours = neighbourLists(drawing, edges);
  const reached = new Set([focus]);
  for (let hop = 0; hop < state.hops; hop++) {
    for (const i of [...reached]) for (const j of neighbours[i]) reached.add(j);
  }
  for (const [i, node] of drawing.nodes.entries()) {
    if (!state.expanded.has(node.iri)) continue;
    reached.add(i);
    for (const j of neighbours[i]) reached.add(j);
  }
  return reached;
}

/** @param {Drawing} drawing @param {Map<number, Claim[]>} edges @returns {number[][]} */
function neighbourLists(drawing, edges) {
  /** @type {number[][]} */
  const lists = drawing.nodes.map(() => []);
  for (const i of edges.keys()) {
    const { from, to } = drawing.edges[i];
    lists[from].push(to);
    lists[to].push(from);
  }
  return lists;
}

/** Black or white ink, whichever reads better on a colour. @param {string} color */
function inkOn(color) {
  const parts = (color.match(/^#(..)(..)(..)$/) || []).slice(1).map((part) => (parseInt(part, 16) / 255) ** 2.2);
  if (parts.length < 3) return "#1b2733";
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] > 0.18 ? "#1b2733" : "#ffffff";
}

/**
 * A colour lightened until it stands out from dark paper (WCAG 2.2: 3 to 1 for graphics).
 * @param {string} color @param {boolean} dark
 */
function onPaper(color, dark) {
  const parts = (color.match(/^#(..)(..)(..)$/) || []).slice(1).map((part) => parseInt(part, 16));
  if (!dark || parts.length < 3) return color;
  const [red, green, blue] = parts.map((part) => (part / 255) ** 2.2);
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const share = Math.max(0, Math.min(0.6, (0.2 - light) * 3.2));
  return "#" + parts.map((part) => Math.round(part + (255 - part) * share).toString(16).padStart(2, "0")).join("");
}

/** @param {string} text @param {number} length */
function shortened(text, length) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? line.slice(0, length - 1) + "…" : line;
}

/** How an edge looks with the claims that count. @param {Edge} edge @param {Claim[]} claims @param {Drawing} drawing @param {string} lang @param {boolean} dark */
function edgeLook(edge, claims, drawing, lang, dark) {
  const relation = lookUp(drawing.relations, edge.relation);
  const status = STATUS_ORDER.find((one) => claims.some((claim) => claim.status === one)) || "confirmed";
  const inferred = claims.every((claim) => claim.inferred);
  const line = inferred ? "dotted" : drawing.styles[status];
  const articles = new Set(claims.map((claim) => claim.article)).size;
  const priced = claims.findLast((claim) => claim.amount !== undefined || claim.percent !== undefined);
  return {
    color: onPaper((relation && relation.color) || "#7a8794", dark),
    width: Math.round(100 * (1.5 + Math.log2(articles))) / 100,
    dashes: lookUp(DASHES, line) || [],
    label: priced ? shortened(money(priced, lang), 24) : "",
    directed: !(relation && relation.symmetric),
    struck: status === "denied",
  };
}

/** Bend of each edge, so that edges between the same two nodes lie apart. @param {Edge[]} edges */
function edgeBends(edges) {
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  edges.forEach((edge, i) => {
    const key = `${Math.min(edge.from, edge.to)} ${Math.max(edge.from, edge.to)}`;
    const group = groups.get(key);
    if (group) group.push(i); else groups.set(key, [i]);
  });
  const bends = edges.map(() => 0);
  for (const group of groups.values()) {
    group.forEach((i, place) => {
      const side = edges[i].from <= edges[i].to ? 1 : -1;
      bends[i] = side * 0.24 * (place - (group.length - 1) / 2);
    });
  }
  return bends;
}
