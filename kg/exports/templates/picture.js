"use strict";
// Downloads of the picture: PNG of what the window shows, SVG of all that is visible.

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** @param {HTMLElement} container @param {string} background @param {string} name */
function downloadPng(container, background, name) {
  const shown = /** @type {HTMLCanvasElement} */ (container.querySelector("canvas"));
  const copy = /** @type {HTMLCanvasElement} */ (element("canvas", {}));
  Object.assign(copy, { width: shown.width, height: shown.height });
  const context = /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d"));
  context.fillStyle = background;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(shown, 0, 0);
  copy.toBlob((blob) => { if (blob) download(blob, name); }, "image/png");
}

/**
 * The visible part as an SVG document.
 * @param {Drawing} drawing @param {{edges: Map<number, Claim[]>, nodes: Set<number>}} part
 * @param {number[]} bends
 * @param {{lang: string, dark: boolean, ink: string, paper: string}} look
 */
function svgPicture(drawing, part, bends, look) {
  const places = drawing.nodes;
  const xs = [...part.nodes].map((i) => places[i].x);
  const ys = [...part.nodes].map((i) => places[i].y);
  const [left, top] = [smallest(xs) - 90, smallest(ys) - 60];
  const [width, height] = [largest(xs) - left + 90, largest(ys) - top + 80];
  const svg = svgElement("svg", { xmlns: "http://www.w3.org/2000/svg", "font-family": "sans-serif",
    viewBox: [left, top, width, height].map(Math.round).join(" ") });
  const box = { x: left, y: top, width, height };
  const texts = Object.fromEntries(Object.entries(box).map(([name, value]) => [name, String(Math.round(value))]));
  svg.append(svgElement("rect", { ...texts, fill: look.paper }));
  for (const [i, claims] of part.edges) svg.append(...svgLine(drawing, i, claims, places, bends[i], look));
  for (const i of part.nodes) svg.append(svgNode(drawing, i, places[i], look));
  return svg;
}

/** @param {number[]} values */
function smallest(values) { return values.reduce((a, b) => Math.min(a, b), Infinity); }
/** @param {number[]} values */
function largest(values) { return values.reduce((a, b) => Math.max(a, b), -Infinity); }

/** @param {Drawing} drawing @param {number} i @param {{x: number, y: number}} at @param {{ink: string, paper: string}} look */
function svgNode(drawing, i, at, look) {
  const node = drawing.nodes[i];
  const style = drawing.classes[node.class];
  const shape = shapeSample(style.shape || "dot", style.color);
  const label = svgElement("text", { x: "8", y: "26", "text-anchor": "middle", "font-size": "9", fill: look.ink,
    stroke: look.paper, "stroke-width": "2", "paint-order": "stroke" }, shortened(node.name, 40));
  return svgElement("g", { transform: `translate(${at.x - 14} ${at.y - 14}) scale(1.75)` }, shape, label);
}

/** The line, its arrow head or bar, its label. @param {Drawing} drawing @param {number} i @param {Claim[]} claims @param {{x: number, y: number}[]} places @param {number} bend @param {{lang: string, dark: boolean, ink: string, paper: string}} look */
function svgLine(drawing, i, claims, places, bend, look) {
  const edge = drawing.edges[i];
  const style = edgeLook(edge, claims, drawing, look.lang, look.dark);
  const [a, b] = [places[edge.from], places[edge.to]];
  const middle = { x: (a.x + b.x) / 2 + bend * (b.y - a.y), y: (a.y + b.y) / 2 - bend * (b.x - a.x) };
  /** @type {Record<string, string>} */
  const dashes = style.dashes.length ? { "stroke-dasharray": style.dashes.join(" ") } : {};
  const line = svgElement("path", { d: `M${a.x} ${a.y} Q${middle.x} ${middle.y} ${b.x} ${b.y}`, fill: "none",
    stroke: style.color, "stroke-width": String(style.width), ...dashes });
  const half = { x: (a.x + 2 * middle.x + b.x) / 4, y: (a.y + 2 * middle.y + b.y) / 4 };
  const made = [line];
  const angle = (Math.atan2(b.y - middle.y, b.x - middle.x) * 180) / Math.PI;
  const turned = (/** @type {{x: number, y: number}} */ at) => ({ transform: `translate(${at.x} ${at.y}) rotate(${angle})` });
  if (style.directed) made.push(svgElement("path", { d: "M-16 0 l-11 -5 l3 5 l-3 5 z", fill: style.color, ...turned(b) }));
  if (style.struck) made.push(svgElement("path", { d: "M0 -8 V8", stroke: style.color, "stroke-width": "2.5", ...turned(half) }));
  if (style.label) made.push(svgElement("text", { x: String(half.x), y: String(half.y + 4), "text-anchor": "middle", "font-size": "11",
    fill: look.ink, stroke: look.paper, "stroke-width": "3", "paint-order": "stroke" }, style.label));
  return made;
}
