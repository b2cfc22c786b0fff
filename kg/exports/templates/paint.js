"use strict";
// Painting on a canvas, in window pixels: lines in batches of one style, shapes, names that fit.

/**
 * @typedef {{color: string, width: number, dashes: number[], label: string, directed: boolean,
 *   struck: boolean}} Look
 * @typedef {{context: CanvasRenderingContext2D, width: number, height: number, scale: number,
 *   ink: string, paper: string, fontSize: number,
 *   xs: Float64Array, ys: Float64Array, radii: Float64Array, halves: Map<number, number>}} Sheet
 * (`halves`: half the width of each name that stands inside its shape)
 */

const AROUND_LABEL = new Set(["box", "ellipse"]);
const SEGMENTS_A_STROKE = 400; // longer paths take a canvas disproportionately long
const FINE_EDGES = 1500; // with more in the window: no dashes, arrow heads and labels
const CHOSEN = "#f2a900";

/** Whether the line between two nodes can touch the window. @param {Sheet} sheet @param {Edge} edge */
function inWindow(sheet, edge) {
  const { xs, ys, width, height } = sheet;
  const [ax, ay, bx, by] = [xs[edge.from], ys[edge.from], xs[edge.to], ys[edge.to]];
  const slack = 60 + 0.3 * (Math.abs(ax - bx) + Math.abs(ay - by));
  return Math.max(ax, bx) > -slack && Math.min(ax, bx) < width + slack
    && Math.max(ay, by) > -slack && Math.min(ay, by) < height + slack;
}

/** Control point of an edge's curve. @param {Sheet} sheet @param {Edge} edge @param {number} bend @returns {[number, number]} */
function controlPoint(sheet, edge, bend) {
  const { xs, ys } = sheet;
  const [ax, ay, bx, by] = [xs[edge.from], ys[edge.from], xs[edge.to], ys[edge.to]];
  return [(ax + bx) / 2 + bend * (by - ay), (ay + by) / 2 - bend * (bx - ax)];
}

/** Edges by style, so that a style is set once. @param {Map<number, Look>} looks @returns {number[][]} */
function batches(looks) {
  /** @type {Map<string, number[]>} */
  const made = new Map();
  for (const [i, look] of looks) {
    const key = `${look.color} ${look.width} ${look.dashes}`;
    const batch = made.get(key);
    if (batch) batch.push(i); else made.set(key, [i]);
  }
  return [...made.values()];
}

/**
 * All lines; arrow heads, bars and labels where there are few.
 * @param {Sheet} sheet @param {Edge[]} edges @param {number[][]} groups @param {Map<number, Look>} looks @param {number[]} bends
 */
function paintEdges(sheet, edges, groups, looks, bends) {
  const shown = groups.map((group) => group.filter((i) => inWindow(sheet, edges[i])));
  const fine = shown.reduce((sum, group) => sum + group.length, 0) <= FINE_EDGES;
  for (const group of shown) {
    if (group.length) strokeGroup(sheet, edges, group, /** @type {Look} */ (looks.get(group[0])), bends, fine);
  }
  if (!fine) return;
  for (const group of shown) {
    for (const i of group) paintEnds(sheet, edges[i], /** @type {Look} */ (looks.get(i)), bends[i]);
  }
}

/** @param {Sheet} sheet @param {Edge[]} edges @param {number[]} group @param {Look} look @param {number[]} bends @param {boolean} fine */
function strokeGroup(sheet, edges, group, look, bends, fine) {
  const { context, xs, ys } = sheet;
  context.strokeStyle = look.color;
  context.globalAlpha = fine ? 1 : 0.35;
  context.lineWidth = fine ? look.width : 0.8;
  context.setLineDash(fine ? look.dashes : []);
  for (let start = 0; start < group.length; start += SEGMENTS_A_STROKE) {
    context.beginPath();
    for (const i of group.slice(start, start + SEGMENTS_A_STROKE)) {
      const { from, to } = edges[i];
      context.moveTo(xs[from], ys[from]);
      if (bends[i] && fine) context.quadraticCurveTo(...controlPoint(sheet, edges[i], bends[i]), xs[to], ys[to]);
      else context.lineTo(xs[to], ys[to]);
    }
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** How far a node's rim is from its middle, towards an angle. @param {Sheet} sheet @param {number} i @param {number} angle */
function rimDistance(sheet, i, angle) {
  const half = sheet.halves.get(i);
  if (half === undefined) return sheet.radii[i];
  const [wide, high] = [half + 10, 13];
  return Math.min(wide / Math.max(0.001, Math.abs(Math.cos(angle))), high / Math.max(0.001, Math.abs(Math.sin(angle))));
}

/** @param {Sheet} sheet @param {Edge} edge @param {Look} look @param {number} bend */
function paintEnds(sheet, edge, look, bend) {
  const { context, xs, ys } = sheet;
  const [cx, cy] = controlPoint(sheet, edge, bend);
  const angle = Math.atan2(ys[edge.to] - cy, xs[edge.to] - cx);
  const middle = [(xs[edge.from] + 2 * cx + xs[edge.to]) / 4, (ys[edge.from] + 2 * cy + ys[edge.to]) / 4];
  context.fillStyle = context.strokeStyle = look.color;
  if (look.directed) {
    const back = rimDistance(sheet, edge.to, angle) + 2;
    turned(context, xs[edge.to] - back * Math.cos(angle), ys[edge.to] - back * Math.sin(angle), angle);
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(-10, -4.5);
    context.lineTo(-7.5, 0);
    context.lineTo(-10, 4.5);
    context.fill();
    context.restore();
  }
  if (look.struck) {
    const across = Math.atan2(ys[edge.to] - ys[edge.from], xs[edge.to] - xs[edge.from]);
    turned(context, middle[0], middle[1], across);
    context.fillRect(-1.4, -8, 2.8, 16);
    context.restore();
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} angle */
function turned(context, x, y, angle) {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
}

/** The outline of a node's shape around a point. @param {CanvasRenderingContext2D} context @param {string} shape @param {number} x @param {number} y @param {number} radius @param {number} half half the width of the label inside, or 0 */
function outline(context, shape, x, y, radius, half) {
  context.beginPath();
  const corners = lookUp(CORNERS, shape);
  if (half && shape === "box") context.roundRect(x - half - 7, y - 12, 2 * half + 14, 24, 5);
  else if (half) context.ellipse(x, y, half + 13, 15, 0, 0, 7);
  else if (radius < 3) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else if (corners) corners.forEach(([px, py]) => context.lineTo(x + ((px - 8) * radius) / 7, y + ((py - 8) * radius) / 7));
  else if (shape === "ellipse") context.ellipse(x, y, radius * 1.2, radius * 0.75, 0, 0, 7);
  else context.arc(x, y, radius, 0, 7);
  context.closePath();
}

/** Which stretches of the window words already stand on. */
class TakenSpace {
  constructor() {
    /** @type {Map<string, number[][]>} */
    this.cells = new Map();
  }

  /** Takes a box unless some of it is taken. @param {number} left @param {number} top @param {number} right @param {number} bottom @param {boolean} [anyway] */
  take(left, top, right, bottom, anyway) {
    const keys = [];
    for (let i = Math.floor(left / 90); i <= Math.floor(right / 90); i++) {
      for (let j = Math.floor(top / 45); j <= Math.floor(bottom / 45); j++) keys.push(`${i} ${j}`);
    }
    const met = keys.some((key) => (this.cells.get(key) || [])
      .some((box) => box[0] < right && box[2] > left && box[1] < bottom && box[3] > top));
    if (met && !anyway) return false;
    for (const key of keys) {
      const boxes = this.cells.get(key);
      if (boxes) boxes.push([left, top, right, bottom]); else this.cells.set(key, [[left, top, right, bottom]]);
    }
    return true;
  }
}

/** Words with a rim of paper, so that lines pass behind them. @param {Sheet} sheet @param {string} text @param {number} x @param {number} y @param {string} [ink] ink without a rim */
function paintWords(sheet, text, x, y, ink) {
  const { context } = sheet;
  if (!ink) {
    context.strokeStyle = sheet.paper;
    context.lineWidth = 4;
    context.strokeText(text, x, y);
  }
  context.fillStyle = ink || sheet.ink;
  context.fillText(text, x, y);
}
