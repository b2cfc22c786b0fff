"use strict";
// The window onto the picture: where it looks, what the pointer touches, when it is painted.

const MOST_SCALE = 6;
const SLOW_FRAME = 60; // milliseconds; above this, lines wait until the picture rests

class GraphView {
  /**
   * @param {HTMLElement} container @param {Drawing} drawing @param {number[]} bends
   * @param {{click: (node: number, edge: number) => void, open: (node: number) => void}} actions
   */
  constructor(container, drawing, bends, actions) {
    this.container = container;
    this.drawing = drawing;
    this.bends = bends;
    this.actions = actions;
    this.canvas = /** @type {HTMLCanvasElement} */ (document.createElement("canvas"));
    container.append(this.canvas);
    this.camera = { x: 0, y: 0, scale: 1 };
    this.colors = { ink: "#000000", paper: "#ffffff" };
    /** @type {Set<number>} */
    this.nodes = new Set();
    /** @type {Map<number, Look>} */
    this.looks = new Map();
    /** @type {number[][]} */
    this.groups = [];
    this.chosen = { node: -1, edge: -1 };
    this.degrees = drawing.nodes.map(() => 0);
    for (const edge of drawing.edges) { this.degrees[edge.from]++; this.degrees[edge.to]++; }
    this.names = drawing.nodes.map((node) => shortened(node.name, 40));
    this.order = drawing.nodes.map((_, i) => i).sort((a, b) => this.degrees[b] - this.degrees[a] || a - b);
    this.cost = 0;
    this.quick = false;
    /** @type {number[]} */
    this.shownOrder = [];
    this.frame = 0;
    /** @type {number|undefined} */
    this.rest = undefined;
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    this.dragged = 0;
    /** @type {Sheet|undefined} */
    this.sheet = undefined;
    this.listen();
    /** The camera of the last fit: while it stands so, the picture follows the window's size. */
    this.fitted = "";
    const unmoved = () => JSON.stringify(this.camera) === this.fitted;
    new ResizeObserver(() => (unmoved() ? this.fit() : this.draw())).observe(container);
  }

  /** What is to be seen from now on. @param {Set<number>} nodes @param {Map<number, Look>} looks */
  show(nodes, looks) {
    this.nodes = nodes;
    this.looks = looks;
    this.groups = batches(looks);
    this.shownOrder = this.order.filter((i) => nodes.has(i));
    this.draw();
  }

  /** Where a node is in the window, in pixels from its top left. @param {number} i */
  place(i) {
    const { x, y, scale } = this.camera;
    const node = this.drawing.nodes[i];
    return {
      x: (node.x - x) * scale + this.container.clientWidth / 2,
      y: (node.y - y) * scale + this.container.clientHeight / 2,
    };
  }

  /** All that is shown, as large as the window allows. */
  fit() {
    const shown = [...this.nodes].map((i) => this.drawing.nodes[i]);
    if (!shown.length) return;
    const xs = shown.map((node) => node.x);
    const ys = shown.map((node) => node.y);
    const [left, right, top, bottom] = [smallest(xs), largest(xs), smallest(ys), largest(ys)];
    const wide = Math.max(80, this.container.clientWidth - 130) / Math.max(1, right - left);
    const high = Math.max(80, this.container.clientHeight - 90) / Math.max(1, bottom - top);
    this.moveTo({ x: (left + right) / 2, y: (top + bottom) / 2, scale: Math.min(1.4, wide, high) });
    this.fitted = JSON.stringify(this.camera);
  }

  /** @param {{x?: number, y?: number, scale?: number}} camera in the picture's own pixels */
  moveTo(camera) {
    Object.assign(this.camera, camera);
    this.camera.scale = Math.min(MOST_SCALE, Math.max(0.005, this.camera.scale));
    this.draw();
  }

  /** Zoom about a point of the window. @param {number} factor @param {number} [x] @param {number} [y] */
  zoom(factor, x = this.container.clientWidth / 2, y = this.container.clientHeight / 2) {
    const { camera } = this;
    const scale = Math.min(MOST_SCALE, Math.max(0.005, camera.scale * factor));
    const [dx, dy] = [x - this.container.clientWidth / 2, y - this.container.clientHeight / 2];
    const shift = 1 / camera.scale - 1 / scale;
    Object.assign(camera, { x: camera.x + dx * shift, y: camera.y + dy * shift, scale });
    this.draw(true);
  }

  /** Paint soon, once, however often it is asked. @param {boolean} [moving] */
  draw(moving) {
    if (moving && this.cost > SLOW_FRAME) {
      clearTimeout(this.rest);
      this.rest = window.setTimeout(() => this.draw(), 180);
      this.quick = true;
    } else if (!moving) this.quick = false;
    this.frame = this.frame || requestAnimationFrame(() => { this.frame = 0; this.paint(); });
  }

  paint() {
    const started = performance.now();
    const sheet = this.newSheet();
    sheet.context.clearRect(0, 0, sheet.width, sheet.height);
    const near = this.nodesNear(sheet);
    const named = this.placeNames(sheet, near);
    if (!this.quick) paintEdges(sheet, this.drawing.edges, this.groups, this.looks, this.bends);
    if (this.looks.has(this.chosen.edge)) this.paintChosenEdge(sheet);
    this.paintNodes(sheet, near, named);
    if (!this.quick) this.cost = performance.now() - started;
  }

  newSheet() {
    const { container, canvas, camera, drawing } = this;
    const [width, height, ratio] = [container.clientWidth, container.clientHeight, devicePixelRatio || 1];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const count = drawing.nodes.length;
    const sheet = this.sheet || { xs: new Float64Array(count), ys: new Float64Array(count), radii: new Float64Array(count), halves: new Map() };
    const shrink = Math.min(1.25, Math.sqrt(camera.scale));
    for (let i = 0; i < count; i++) {
      sheet.xs[i] = (drawing.nodes[i].x - camera.x) * camera.scale + width / 2;
      sheet.ys[i] = (drawing.nodes[i].y - camera.y) * camera.scale + height / 2;
      sheet.radii[i] = Math.max(1.6, Math.min(34, 8 + 3 * Math.sqrt(this.degrees[i])) * shrink);
    }
    this.sheet = { ...sheet, context, width, height, scale: camera.scale, fontSize: 13, ...this.colors };
    return this.sheet;
  }

  /** @param {Sheet} sheet */
  paintChosenEdge(sheet) {
    const i = this.chosen.edge;
    const look = /** @type {Look} */ (this.looks.get(i));
    const halo = { ...look, color: CHOSEN, width: look.width + 6, dashes: [] };
    sheet.context.globalAlpha = 0.6;
    strokeGroup(sheet, this.drawing.edges, [i], halo, this.bends, true);
    strokeGroup(sheet, this.drawing.edges, [i], look, this.bends, true);
    paintEnds(sheet, this.drawing.edges[i], look, this.bends[i]);
  }

  /** The nodes in the window, the best connected first. @param {Sheet} sheet */
  nodesNear(sheet) {
    const { xs, ys, width, height } = sheet;
    return this.shownOrder.filter((i) => xs[i] > -60 && xs[i] < width + 60 && ys[i] > -40 && ys[i] < height + 40);
  }

  /** Shapes, then sums and names over them. @param {Sheet} sheet @param {number[]} near @param {{nodes: number[], space: TakenSpace}} named */
  paintNodes(sheet, near, named) {
    for (let k = near.length - 1; k >= 0; k--) this.paintShape(sheet, near[k]);
    if (!this.quick && near.length < 400) this.paintSums(sheet, named.space);
    for (const i of named.nodes) {
      const style = this.drawing.classes[this.drawing.nodes[i].class];
      if (sheet.halves.has(i)) paintWords(sheet, this.names[i], sheet.xs[i], sheet.ys[i], inkOn(style.color));
      else paintWords(sheet, this.names[i], sheet.xs[i], sheet.ys[i] + sheet.radii[i] + 10);
    }
  }

  /** Which names there is room for, the best connected first. @param {Sheet} sheet @param {number[]} near */
  placeNames(sheet, near) {
    const { context } = sheet;
    context.font = `${sheet.fontSize}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const space = new TakenSpace();
    sheet.halves.clear();
    const first = near.includes(this.chosen.node) ? [this.chosen.node] : [];
    /** @type {number[]} */
    const nodes = [];
    let tried = 0;
    for (const i of [...first, ...near]) {
      if (tried++ > 1500 || nodes.length > 250) break; // no window has room for more
      if (i === this.chosen.node && nodes.length && nodes[0] === i) continue;
      const style = this.drawing.classes[this.drawing.nodes[i].class];
      const half = context.measureText(this.names[i]).width / 2;
      const inside = AROUND_LABEL.has(style.shape || "") && sheet.scale > 0.45;
      const middle = sheet.ys[i] + (inside ? 0 : sheet.radii[i] + 10);
      const [wide, high] = inside ? [half + 14, 16] : [half + 3, 9];
      if (!space.take(sheet.xs[i] - wide, middle - high, sheet.xs[i] + wide, middle + high)) continue;
      if (inside) sheet.halves.set(i, half);
      nodes.push(i);
    }
    for (const i of near.slice(0, 400)) { // sums keep off shapes too
      const r = sheet.radii[i];
      space.take(sheet.xs[i] - r, sheet.ys[i] - r, sheet.xs[i] + r, sheet.ys[i] + r, true);
    }
    return { nodes, space };
  }

  /** @param {Sheet} sheet @param {number} i */
  paintShape(sheet, i) {
    const { context, xs, ys, radii } = sheet;
    const node = this.drawing.nodes[i];
    const style = this.drawing.classes[node.class];
    outline(context, style.shape || "dot", xs[i], ys[i], radii[i], sheet.halves.get(i) || 0);
    context.fillStyle = style.color;
    context.fill();
    if (radii[i] < 3 && i !== this.chosen.node) return;
    context.strokeStyle = i === this.chosen.node ? CHOSEN : node.known ? "#37414d" : "#9aa4b0";
    context.lineWidth = i === this.chosen.node ? 4 : 1.2;
    context.stroke();
  }

  /** Amounts and stakes on the lines, where there is room. @param {Sheet} sheet @param {TakenSpace} space */
  paintSums(sheet, space) {
    const { context } = sheet;
    context.font = "11px system-ui, sans-serif";
    for (const [i, look] of this.looks) {
      const edge = this.drawing.edges[i];
      if (!look.label || !inWindow(sheet, edge)) continue;
      const [cx, cy] = controlPoint(sheet, edge, this.bends[i]);
      const half = context.measureText(look.label).width / 2 + 2;
      for (const t of [0.5, 0.4, 0.6, 0.3, 0.7]) { // along the line, from its middle
        const x = (1 - t) ** 2 * sheet.xs[edge.from] + 2 * t * (1 - t) * cx + t * t * sheet.xs[edge.to];
        const y = (1 - t) ** 2 * sheet.ys[edge.from] + 2 * t * (1 - t) * cy + t * t * sheet.ys[edge.to];
        if (!space.take(x - half, y - 7, x + half, y + 7)) continue;
        paintWords(sheet, look.label, x, y);
        break;
      }
    }
    context.font = `${sheet.fontSize}px system-ui, sans-serif`;
  }

  /** The node or edge at a point of the window; -1 where there is none. @param {number} x @param {number} y @param {number} slack */
  hit(x, y, slack) {
    const sheet = this.sheet;
    if (!sheet) return { node: -1, edge: -1 };
    for (const i of this.shownOrder) {
      const wide = sheet.halves.has(i) ? (sheet.halves.get(i) || 0) + 12 : sheet.radii[i];
      const high = sheet.halves.has(i) ? 14 : sheet.radii[i];
      if (Math.abs(sheet.xs[i] - x) <= wide + slack && Math.abs(sheet.ys[i] - y) <= high + slack) return { node: i, edge: -1 };
    }
    return { node: -1, edge: this.nearestEdge(sheet, x, y, slack + 4) };
  }

  /** @param {Sheet} sheet @param {number} x @param {number} y @param {number} most */
  nearestEdge(sheet, x, y, most) {
    let best = -1;
    let least = most;
    for (const i of this.looks.keys()) {
      const edge = this.drawing.edges[i];
      const [cx, cy] = controlPoint(sheet, edge, this.bends[i]);
      const [ax, ay, bx, by] = [sheet.xs[edge.from], sheet.ys[edge.from], sheet.xs[edge.to], sheet.ys[edge.to]];
      if (x < Math.min(ax, bx, cx) - most || x > Math.max(ax, bx, cx) + most || y < Math.min(ay, by, cy) - most || y > Math.max(ay, by, cy) + most) continue;
      const away = distanceToCurve(x, y, ax, ay, cx, cy, bx, by);
      if (away < least) { least = away; best = i; }
    }
    return best;
  }

  listen() {
    const { container } = this;
    const at = (/** @type {MouseEvent} */ event) => {
      const box = container.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    container.addEventListener("pointerdown", (event) => {
      container.setPointerCapture(event.pointerId);
      if (!this.pointers.size) this.dragged = 0;
      this.pointers.set(event.pointerId, at(event));
    });
    container.addEventListener("pointermove", (event) => this.pointerMoved(event, at(event)));
    const up = (/** @type {PointerEvent} */ event) => {
      const known = this.pointers.delete(event.pointerId);
      if (!known || event.type !== "pointerup" || this.dragged > 5 || this.pointers.size) return;
      const { x, y } = at(event);
      const hit = this.hit(x, y, event.pointerType === "touch" ? 10 : 3);
      this.actions.click(hit.node, hit.edge);
    };
    container.addEventListener("pointerup", up);
    container.addEventListener("pointercancel", up);
    container.addEventListener("dblclick", (event) => {
      const { x, y } = at(event);
      const { node } = this.hit(x, y, 3);
      if (node >= 0) this.actions.open(node);
    });
    container.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { x, y } = at(event);
      this.zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY)) * 0.0018), x, y);
    }, { passive: false });
  }

  /** One pointer moves the picture, two also zoom it. @param {PointerEvent} event @param {{x: number, y: number}} to */
  pointerMoved(event, to) {
    const from = this.pointers.get(event.pointerId);
    if (!from) {
      const hit = this.cost > SLOW_FRAME ? { node: -1, edge: -1 } : this.hit(to.x, to.y, 3);
      this.container.style.cursor = hit.node >= 0 || hit.edge >= 0 ? "pointer" : "grab";
      return;
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId);
    this.pointers.set(event.pointerId, to);
    const share = other ? 0.5 : 1;
    this.dragged += Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
    this.camera.x -= ((to.x - from.x) * share) / this.camera.scale;
    this.camera.y -= ((to.y - from.y) * share) / this.camera.scale;
    if (other) {
      const still = other[1];
      const before = Math.hypot(from.x - still.x, from.y - still.y);
      const after = Math.hypot(to.x - still.x, to.y - still.y);
      if (before > 10) this.zoom(after / before, (to.x + still.x) / 2, (to.y + still.y) / 2);
    }
    this.draw(true);
  }
}

/** Distance of a point from a quadratic curve, by its chords. @param {number} x @param {number} y @param {number} ax @param {number} ay @param {number} cx @param {number} cy @param {number} bx @param {number} by */
function distanceToCurve(x, y, ax, ay, cx, cy, bx, by) {
  let least = Infinity;
  let [px, py] = [ax, ay];
  for (let k = 1; k <= 8; k++) {
    const t = k / 8;
    const qx = (1 - t) ** 2 * ax + 2 * t * (1 - t) * cx + t * t * bx;
    const qy = (1 - t) ** 2 * ay + 2 * t * (1 - t) * cy + t * t * by;
    const length = (qx - px) ** 2 + (qy - py) ** 2;
    const along = length ? Math.max(0, Math.min(1, ((x - px) * (qx - px) + (y - py) * (qy - py)) / length)) : 0;
    least = Math.min(least, Math.hypot(x - px - along * (qx - px), y - py - along * (qy - py)));
    [px, py] = [qx, qy];
  }
  return least;
}
