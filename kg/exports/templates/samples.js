"use strict";
// The legend's samples: shapes of nodes and styles of lines, as SVG.

/** Corners of the shapes in a square of 16 by 16; what is not here is round. */
const CORNERS = Object.freeze({
  square: [[2, 2], [14, 2], [14, 14], [2, 14]],
  box: [[0, 4], [16, 4], [16, 12], [0, 12]],
  triangle: [[8, 1], [15, 14], [1, 14]],
  triangleDown: [[1, 2], [15, 2], [8, 15]],
  diamond: [[8, 0], [16, 8], [8, 16], [0, 8]],
  hexagon: [[4, 1], [12, 1], [16, 8], [12, 15], [4, 15], [0, 8]],
  star: [[8, 0], [10.4, 5.6], [16, 6.2], [11.8, 10], [13, 16], [8, 12.8], [3, 16], [4.2, 10], [0, 6.2], [5.6, 5.6]],
});

/** A shape of the legend or of an SVG. @param {string} shape @param {string} color */
function shapeSample(shape, color) {
  const corners = lookUp(CORNERS, shape);
  if (corners) return svgElement("polygon", { points: corners.join(" "), fill: color });
  if (shape === "ellipse") return svgElement("ellipse", { cx: "8", cy: "8", rx: "8", ry: "5", fill: color });
  return svgElement("circle", { cx: "8", cy: "8", r: "6.5", fill: color });
}

/** @param {string} tag @param {Record<string, string>} attributes @param {...(Node|string)} children */
function svgElement(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A sample of a line: solid, dashed, dotted, struck through. @param {string} color @param {string} style @param {boolean} struck */
function lineSample(color, style, struck) {
  const dashes = { solid: "none", dashed: "6 4", dotted: "1.5 3.5" }[style] || "none";
  const line = { x1: "0", y1: "8", x2: "28", y2: "8", stroke: color, "stroke-width": "2.5" };
  const drawn = svgElement("svg", { viewBox: "0 0 28 16", width: "28", height: "16", "aria-hidden": "true" },
    svgElement("line", { ...line, "stroke-dasharray": dashes }));
  if (struck) drawn.append(svgElement("line", { ...line, x1: "14", x2: "14", y1: "2", y2: "14" }));
  return drawn;
}

/** @param {Style} style */
function nodeSample(style) {
  const attributes = { viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true" };
  return svgElement("svg", attributes, shapeSample(style.shape || "dot", style.color));
}
