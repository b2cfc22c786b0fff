"use strict";
// What both pages use: elements made from text, and claims with their quotes as elements.
// Text from articles reaches the page as text nodes only.

/**
 * @typedef {{id: string, status: string, inferred?: boolean, premises?: string[], rule?: string,
 *   quote?: string, trigger?: string, at?: number, attribution?: string, since?: string, article?: string, title?: string, date?: string,
 *   source?: string, url?: string, amount?: number, currency?: string, percent?: number,
 *   confidence?: number}} Claim
 * @typedef {{from: number, to: number, relation: string, claims: Claim[]}} Edge
 * @typedef {{iri: string, name: string, types: string[], class: string, known: boolean,
 *   x: number, y: number}} GraphNode
 * @typedef {{labels: Record<string, string>, color: string, shape?: string,
 *   symmetric?: boolean}} Style
 * @typedef {{nodes: GraphNode[], edges: Edge[], classes: Record<string, Style>,
 *   relations: Record<string, Style>, styles: Record<string, string>}} Drawing
 * @typedef {{lang: string, dark: boolean, texts: Record<string, string>, drawing: Drawing}} Words
 */

/**
 * An element with attributes and children; strings become text nodes.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The data block with this id. @param {string} id @returns {any} */
function dataBlock(id) {
  return JSON.parse(/** @type {HTMLElement} */ (document.getElementById(id)).textContent || "null");
}

/**
 * The value of a key that may come from an article: never "constructor" and the like.
 * @template T @param {Record<string, T>} map @param {string} key @returns {T|undefined}
 */
function lookUp(map, key) {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/**
 * A class's or relation's name in the page's language.
 * @param {Style|undefined} style @param {string} name @param {string} lang
 */
function labelOf(style, name, lang) {
  return (style && (style.labels[lang] || style.labels.en)) || name;
}

/** A text with {name} places filled in. @param {string} text @param {Record<string, string|number>} values */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Data on its own, so that marks of writing direction in it turn nothing around it. @param {string} text */
function isolated(text) {
  return element("bdi", {}, text);
}

/** Amount and stake of a claim. @param {Claim} claim @param {string} lang */
function money(claim, lang) {
  const locale = (navigator.language || "").startsWith(lang) ? navigator.language : lang;
  const parts = [];
  if (claim.amount !== undefined) {
    const number = new Intl.NumberFormat(locale, {
      notation: "compact",
      compactDisplay: "long",
      maximumFractionDigits: 2,
    }).format(claim.amount);
    parts.push(`${number} ${claim.currency || ""}`.trim());
  }
  if (claim.percent !== undefined) {
    parts.push(new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(claim.percent) + "%");
  }
  return parts.join(" · ");
}

/** The quote with its trigger marked. @param {Claim} claim */
function quoteOf(claim) {
  const quote = claim.quote || "";
  const given = claim.at !== undefined && claim.trigger && quote.startsWith(claim.trigger, claim.at);
  const at = given ? Number(claim.at) : claim.trigger ? quote.indexOf(claim.trigger) : -1;
  if (at < 0 || !claim.trigger) return element("blockquote", { dir: "auto" }, quote);
  const end = at + claim.trigger.length;
  const mark = element("mark", {}, claim.trigger);
  return element("blockquote", { dir: "auto" }, quote.slice(0, at), mark, quote.slice(end));
}

/** Where the claim stands: article, source, date; a link only for http and https. @param {Claim} claim */
function placeOf(claim) {
  const place = element("p", { class: "place" });
  const title = claim.title || claim.article || "";
  const linked = /^https?:\/\//i.test(claim.url || "");
  if (linked) {
    const attributes = { href: claim.url || "", target: "_blank", rel: "noopener noreferrer" };
    place.append(element("a", attributes, isolated(title || claim.url || "")));
  } else if (title) {
    place.append(isolated(title));
  }
  for (const text of [claim.source, linked ? "" : claim.url]) {
    if (text) place.append(place.firstChild ? " · " : "", isolated(text));
  }
  if (claim.date) place.append(place.firstChild ? " · " : "", element("time", {}, isolated(claim.date)));
  return place;
}

/**
 * One claim: status, quote, place.
 * @param {Claim} claim @param {Words} words @param {(id: string) => void} [follow] opens a premise
 */
function claimCard(claim, words, follow) {
  const { texts, lang } = words;
  const badge = element("span", { class: `badge ${claim.status}` }, texts[claim.status] || claim.status);
  const head = element("p", { class: "status" }, badge);
  if (claim.inferred) head.append(" ", element("span", { class: "badge inferred" }, texts.inferred));
  const sum = money(claim, lang);
  if (sum) head.append(" ", element("strong", {}, isolated(sum)));
  const card = element("article", { class: "claim" }, head);
  if (claim.quote) card.append(quoteOf(claim));
  if (claim.attribution) card.append(element("p", { class: "small" }, `${texts.attribution} `, isolated(claim.attribution)));
  card.append(placeOf(claim));
  if (claim.inferred) card.append(premisesOf(claim, words, follow));
  if (claim.confidence !== undefined) {
    const number = claim.confidence.toLocaleString(lang, { maximumFractionDigits: 2 });
    card.append(element("p", { class: "small" }, `${texts.confidence} ${number}`));
  }
  return card;
}

/** @param {Claim} claim @param {Words} words @param {(id: string) => void} [follow] */
function premisesOf(claim, words, follow) {
  const list = element("ul", { class: "premises" });
  for (const id of claim.premises || []) list.append(premise(id, words, follow));
  const rule = claim.rule ? [` (${words.texts.rule} `, isolated(claim.rule), ")"] : [];
  return element("div", { class: "small" }, words.texts.premises, ...rule, ":", list);
}

/** @param {string} id @param {Words} words @param {(id: string) => void} [follow] */
function premise(id, words, follow) {
  const edge = words.drawing.edges.find((one) => one.claims.some((claim) => claim.id === id));
  if (!edge) return element("li", {}, isolated(id));
  const name = sentence(edge, words);
  if (!follow) return element("li", {}, name);
  const button = element("button", { type: "button", class: "link" }, name);
  button.addEventListener("click", () => follow(id));
  return element("li", {}, button);
}

/** "Amazon invests in Anthropic". @param {Edge} edge @param {Words} words */
function sentence(edge, words) {
  const { drawing, lang } = words;
  const verb = labelOf(lookUp(drawing.relations, edge.relation), edge.relation, lang);
  const name = (/** @type {number} */ i) => isolated(drawing.nodes[i].name);
  return element("span", {}, name(edge.from), ` ${verb} `, name(edge.to));
}

/** All claims of an edge, the newest first. @param {Edge} edge @param {Words} words @param {(id: string) => void} [follow] */
function edgeCard(edge, words, follow) {
  const cards = [...edge.claims].reverse().map((claim) => claimCard(claim, words, follow));
  return element("section", {}, element("h2", {}, sentence(edge, words)), ...cards);
}
