"use strict";
// The explorer: keeps state, picture and panel in step.

(() => {
  const data = dataBlock("data");
  const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
  /** @type {Drawing} */
  const drawing = data;
  const days = [...new Set(drawing.edges.flatMap((edge) => edge.claims.map((claim) => claim.since || "")))].filter(Boolean).sort();
  const bends = edgeBends(drawing.edges);
  const narrow = matchMedia("(max-width: 760px)");
  const wantsDark = matchMedia("(prefers-color-scheme: dark)");
  let state = readState(location.hash);
  let part = visiblePart(drawing, state);
  /** @type {number|undefined} */
  let timer;
  let cursor = -1;

  /** @returns {Words} */
  function words() {
    const asked = state.lang || data.lang || navigator.language.slice(0, 2);
    const lang = lookUp(data.texts, asked) ? asked : "en";
    return { lang, dark: isDark(), texts: data.texts[lang], drawing };
  }
  const isDark = () => (state.theme ? state.theme === "dark" : wantsDark.matches);
  const colors = () => (isDark() ? { ink: "#e8edf2", paper: "#161b22" } : { ink: "#1b2733", paper: "#ffffff" });

  // The picture

  const view = new GraphView(byId("graph"), drawing, bends, {
    click: (node, edge) => {
      if (node >= 0) { cursor = node; open(`node:${drawing.nodes[node].iri}`); }
      else if (edge >= 0) openEdge(edge);
      else open("");
    },
    open: (node) => nodeActions(node).expand(),
  });

  function redraw() {
    part = visiblePart(drawing, state);
    const { lang, texts, dark } = words();
    const looks = new Map();
    for (const [i, claims] of part.edges) looks.set(i, edgeLook(drawing.edges[i], claims, drawing, lang, dark));
    view.colors = colors();
    view.show(part.nodes, looks);
    const claims = [...part.edges.values()].reduce((sum, list) => sum + list.length, 0);
    const counts = { nodes: part.nodes.size, allNodes: drawing.nodes.length, edges: part.edges.size, claims };
    byId("counts").textContent = filled(texts.shown, counts);
    byId("empty").hidden = part.nodes.size > 0;
  }

  // State

  /** Everything follows the state; the fragment too. @param {boolean} [refit] */
  function changed(refit) {
    keepState(state);
    redraw();
    showOpen();
    showControls();
    if (refit) view.fit();
  }

  function showControls() {
    const { texts } = words();
    const last = state.until ? days.filter((day) => day <= state.until).length : days.length;
    Object.assign(byId("until"), { max: String(days.length), value: String(last) });
    byId("day").textContent = last < days.length ? state.until : days.at(-1) || "";
    byId("play").textContent = timer ? texts.pause : texts.play;
    byId("hops").value = state.focus ? String(state.hops) : "0";
    byId("all").disabled = !state.focus;
  }

  /** Every word of the page in the reader's language, in the reader's colours. */
  function dress() {
    const { lang, texts } = words();
    document.documentElement.lang = lang;
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    for (const place of document.querySelectorAll("[data-text]")) place.textContent = texts[/** @type {HTMLElement} */ (place).dataset.text || ""];
    for (const place of document.querySelectorAll("[data-label]")) {
      const text = texts[/** @type {HTMLElement} */ (place).dataset.label || ""];
      place.setAttribute("aria-label", text);
      if (place.tagName === "BUTTON") place.setAttribute("title", text);
    }
    Object.assign(byId("search"), { placeholder: texts.search });
    byId("search").setAttribute("aria-label", texts.search);
    byId("theme").textContent = isDark() ? texts.light : texts.dark;
    const choices = [["0", texts.wholeGraph], ["1", filled(texts.hop, { n: 1 })],
      ...[2, 3, 4].map((n) => [String(n), filled(texts.hopsN, { n })])];
    byId("hops").replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
    byId("legend").replaceChildren(...legendBoxes(words(), state, () => changed()));
  }

  /** @param {(state: State) => void} change @param {boolean} [refit] */
  function choose(change, refit) {
    change(state);
    changed(refit);
  }

  // Panel

  /** @param {string} what "node:IRI", "claim:ID" or nothing */
  function open(what) {
    state.open = what;
    keepState(state);
    showOpen();
  }
  const openEdge = (/** @type {number} */ i) => open(`claim:${drawing.edges[i].claims[0].id}`);

  function showOpen() {
    const [, kind, id] = state.open.match(/^(node|claim):(.*)$/s) || [];
    const node = kind === "node" ? drawing.nodes.findIndex((one) => one.iri === id) : -1;
    const edge = kind === "claim" ? drawing.edges.findIndex((one) => one.claims.some((claim) => claim.id === id)) : -1;
    byId("panel").hidden = node < 0 && edge < 0;
    view.chosen = { node, edge };
    if (node >= 0) byId("card").replaceChildren(nodeCard(node, words(), part, nodeActions(node)));
    if (edge >= 0) byId("card").replaceChildren(edgeCard(drawing.edges[edge], words(), (premise) => open(`claim:${premise}`)));
    byId("panel").scrollTop = 0;
    view.draw();
  }

  /** @param {number} i */
  function nodeActions(i) {
    const { iri } = drawing.nodes[i];
    return {
      openEdge,
      focus: () => choose((now) => { now.focus = iri; now.expanded.clear(); }, true),
      expand: () => choose((now) => { if (!now.focus) now.focus = iri; now.expanded.add(iri); }, true),
    };
  }

  /** Bring a node into view and open its card; out of hiding where a focus hides it. @param {number} i */
  function goTo(i) {
    const { iri } = drawing.nodes[i];
    choose((now) => { if (now.focus && !part.nodes.has(i)) { now.focus = iri; now.expanded.clear(); } now.open = `node:${iri}`; });
    cursor = i;
    const { x, y } = drawing.nodes[i];
    if (part.nodes.has(i)) view.moveTo({ x, y, scale: Math.max(0.8, view.camera.scale) });
  }

  // Time

  /** @param {number} place number of days that count; all of them: no limit */
  function setTime(place) {
    choose((now) => { now.until = place >= days.length ? "" : days[Math.max(0, place - 1)]; });
  }

  function stop() {
    clearInterval(timer);
    timer = undefined;
    showControls();
  }

  function play() {
    if (timer) return stop();
    let place = state.until ? Number(byId("until").value) : 0;
    timer = window.setInterval(() => {
      setTime(++place);
      if (place >= days.length) stop();
    }, 700);
    showControls();
  }

  // Keys

  /** @param {number} dx @param {number} dy in steps of 90 pixels */
  function pan(dx, dy) {
    const { x, y, scale } = view.camera;
    view.moveTo({ x: x + (90 * dx) / scale, y: y + (90 * dy) / scale });
  }
  const fit = () => view.fit();
  const zoom = (/** @type {number} */ factor) => view.zoom(factor);

  /** @param {number} step */
  function nextNode(step) {
    const order = [...part.nodes].sort((a, b) => a - b);
    if (!order.length) return;
    const at = order.indexOf(cursor);
    goTo(order[at < 0 ? 0 : (at + step + order.length) % order.length]);
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    "/": () => byId("search").focus(), "+": () => zoom(1.25), "-": () => zoom(0.8), 0: fit,
    ArrowLeft: () => pan(-1, 0), ArrowRight: () => pan(1, 0), ArrowUp: () => pan(0, -1), ArrowDown: () => pan(0, 1),
    n: () => nextNode(1), p: () => nextNode(-1), " ": play, Escape: () => open(""),
  };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches("input, select, textarea") || (event.key === " " && target.matches("button, summary, a"));
    const act = lookUp(keys, event.key);
    if (!act || (typing && event.key !== "Escape") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });

  // Controls

  setUpSearch(byId("search"), byId("matches"), drawing.nodes, goTo, () => words().texts.noMatch);
  /** @type {Record<string, () => void>} */
  const clicks = {
    all: () => choose((now) => { now.focus = ""; now.expanded.clear(); }, true),
    zoomIn: () => zoom(1.25), zoomOut: () => zoom(0.8), fit, close: () => open(""), play,
    theme: () => { state.theme = isDark() ? "light" : "dark"; restyle(); },
    language: () => { state.lang = words().lang === "pt" ? "en" : "pt"; restyle(); },
    png: () => downloadPng(byId("graph"), colors().paper, "graph.png"),
    svg: () => download(new Blob([new XMLSerializer().serializeToString(
      svgPicture(drawing, part, bends, { lang: words().lang, dark: isDark(), ...colors() }))], { type: "image/svg+xml" }), "graph.svg"),
    print: () => window.print(),
  };
  for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
  byId("until").addEventListener("input", () => { const place = Number(byId("until").value); stop(); setTime(place); });
  byId("hops").addEventListener("change", () => choose((now) => {
    const hops = Number(byId("hops").value);
    const opened = now.open.startsWith("node:") ? now.open.slice(5) : "";
    if (!hops) { now.focus = ""; now.expanded.clear(); return; }
    now.focus = now.focus || opened || busiest();
    now.hops = hops;
  }, true));
  const busiest = () => (drawing.nodes[view.order[0]] || { iri: "" }).iri;

  function restyle() {
    dress();
    changed();
  }

  window.addEventListener("hashchange", () => { state = readState(location.hash); restyle(); fit(); });
  wantsDark.addEventListener("change", restyle);
  if (narrow.matches) byId("filters").removeAttribute("open");
  byId("time").hidden = days.length < 2;
  dress();
  redraw();
  showOpen();
  showControls();
  fit();
  Object.assign(window, { kgView: view }); // for whoever wants to go on from the console
})();
