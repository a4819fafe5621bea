"use strict";
// Draws a journey's graph as SVG: nodes with their counts and faults, ways between them; moved, connected and chosen by hand or key.
window.stJourney.draw = (svg, graph, facts, act) => {
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 172;
  const HEIGHT = 66;
  const scene = svg.querySelector("g");
  const state = { chosen: "", zoom: 1, said: facts.said, faults: facts.faults, counts: {}, drag: null };
  const labels = Object.fromEntries(facts.choices.kinds.map((one) => [one.value, one]));

  const make = (name, wanted, parent, text) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(wanted).forEach(([key, value]) => made.setAttribute(key, value));
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const wide = (sign) => (sign.codePointAt(0) > 0x2e7f ? 2 : 1);
  const short = (text, most) => {
    let room = most;
    const kept = [];
    for (const sign of text || "") {
      room -= wide(sign);
      if (room < 0) return kept.join("") + "…";
      kept.push(sign);
    }
    return kept.join("");
  };
  const wayLabel = (way) => facts.ways[way] || way.toUpperCase();
  const portY = (one, way) => {
    const ways = graph.waysOf(one);
    return (HEIGHT * (ways.indexOf(way) + 1)) / (ways.length + 1);
  };

  const edge = (one) => {
    const from = graph.node(one.from);
    const to = graph.node(one.to);
    if (!from || !to) return;
    const way = one.way || "next";
    const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + portY(from, way), to.x, to.y + HEIGHT / 2];
    const bend = Math.max(40, Math.abs(x2 - x1) / 2);
    const line = `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
    make("path", { d: line, class: `jy-edge jy-way-${way}`, "marker-end": "url(#jy-arrow)" }, scene);
    if (way !== "next") make("text", { x: x1 + 14, y: y1 - 5, class: "jy-way" }, scene, wayLabel(way));
  };

  const drawNode = (one) => {
    const faults = state.faults.filter((fault) => fault.node === one.id);
    const label = labels[one.kind] || { label: one.kind, icon: "alert-circle" };
    const said = state.said[one.id] || "";
    const count = state.counts[one.id];
    const group = make("g", {
      class: `jy-node jy-${one.kind}${one.id === state.chosen ? " jy-chosen" : ""}${faults.length ? " jy-faulty" : ""}`, tabindex: 0, role: "button",
      transform: `translate(${one.x},${one.y})`, "data-node": one.id,
      "aria-label": [label.label, said, ...faults.map((fault) => fault.text)].filter(Boolean).join(". "),
      "aria-pressed": one.id === state.chosen,
    }, scene);
    make("title", {}, group, [said, ...faults.map((fault) => fault.text)].filter(Boolean).join("\n"));
    make("rect", { width: WIDTH, height: HEIGHT, rx: 10, class: "jy-box" }, group);
    make("rect", { width: 6, height: HEIGHT - 16, x: 0, y: 8, rx: 3, class: "jy-mark" }, group);
    const icon = make("svg", { x: 16, y: 12, width: 18, height: 18, class: "icon jy-icon" }, group);
    make("use", { href: `${facts.sprite}#${label.icon}` }, icon);
    make("text", { x: 40, y: 26, class: "jy-kind" }, group, label.label);
    make("text", { x: 16, y: 48, class: "jy-said" }, group, short(said, 24));
    if (count) {
      const text = count.inside ? `${count.inside.toLocaleString()} ${facts.texts.inside}` : `${count.passed.toLocaleString()} ${facts.texts.passed}`;
      make("text", { x: 8, y: HEIGHT + 15, class: count.inside ? "jy-count jy-count-inside" : "jy-count" }, group, text);
    }
    if (faults.length) {
      make("circle", { cx: WIDTH - 4, cy: 4, r: 9, class: "jy-fault" }, group);
      make("text", { x: WIDTH - 4, y: 8, class: "jy-fault-sign" }, group, "!");
    }
    if (!facts.may_change) return;
    graph.waysOf(one).forEach((way) => {
      const open = !graph.target(one.id, way);
      make("circle", { cx: WIDTH, cy: portY(one, way), r: 7, class: `jy-port${open && !graph.mayStayOpen(one, way) ? " jy-port-open" : ""}`, "data-port": way }, group);
    });
  };

  const render = () => {
    const focused = document.activeElement && document.activeElement.dataset && document.activeElement.dataset.node;
    scene.replaceChildren();
    graph.edges.forEach(edge);
    graph.nodes.forEach(drawNode);
    const right = Math.max(600, ...graph.nodes.map((one) => one.x + WIDTH + 120));
    const bottom = Math.max(360, ...graph.nodes.map((one) => one.y + HEIGHT + 90));
    svg.setAttribute("width", right * state.zoom);
    svg.setAttribute("height", bottom * state.zoom);
    scene.setAttribute("transform", `scale(${state.zoom})`);
    if (focused) focus(focused);
  };
  const focus = (id) => { const found = scene.querySelector(`[data-node="${id}"]`); if (found) found.focus({ preventScroll: true }); };
  const choose = (id) => { if (state.chosen !== id) { state.chosen = id; render(); } act.chosen(id); };
  const place = (event) => {
    const box = svg.getBoundingClientRect();
    return { x: (event.clientX - box.left) / state.zoom, y: (event.clientY - box.top) / state.zoom };
  };
  const nodeAt = ({ x, y }) => graph.nodes.find((one) => x >= one.x - 12 && x <= one.x + WIDTH && y >= one.y && y <= one.y + HEIGHT);

  svg.addEventListener("pointerdown", (event) => {
    const group = event.target.closest("[data-node]");
    if (!group) { choose(""); return; }
    const [one, at, port] = [graph.node(group.dataset.node), place(event), event.target.dataset.port];
    choose(one.id);
    focus(one.id);
    if (!facts.may_change) return;
    state.drag = port ? { from: one, way: port } : { one, dx: at.x - one.x, dy: at.y - one.y, x: one.x, y: one.y, moved: false };
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    const drag = state.drag;
    if (!drag) return;
    const at = place(event);
    if (drag.from) {
      scene.querySelectorAll(".jy-new").forEach((line) => line.remove());
      const [x, y] = [drag.from.x + WIDTH, drag.from.y + portY(drag.from, drag.way)];
      make("path", { d: `M${x},${y} L${at.x},${at.y}`, class: "jy-edge jy-new" }, scene);
      return;
    }
    if (!drag.moved && Math.hypot(at.x - drag.dx - drag.x, at.y - drag.dy - drag.y) < 4) return;
    drag.moved = true;
    drag.one.x = at.x - drag.dx;
    drag.one.y = at.y - drag.dy;
    render();
  });
  const drop = (event) => {
    const drag = state.drag;
    state.drag = null;
    if (!drag) return;
    if (drag.from) {
      const there = nodeAt(place(event));
      if (there && there.id !== drag.from.id && there.kind !== "trigger") graph.connect(drag.from.id, drag.way, there.id);
      else render();
    } else if (drag.moved) {
      const [x, y] = [drag.one.x, drag.one.y];
      Object.assign(drag.one, { x: drag.x, y: drag.y });
      graph.move(drag.one.id, x, y);
    }
  };
  svg.addEventListener("pointerup", drop);
  svg.addEventListener("pointercancel", drop);
  svg.addEventListener("focusin", (event) => {
    const group = event.target.closest("[data-node]");
    if (group && group.dataset.node !== state.chosen && !state.drag) choose(group.dataset.node);
  });
  svg.addEventListener("keydown", (event) => {
    const one = graph.node(state.chosen);
    if (!one) return;
    const steps = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[event.key];
    if (event.key === "Enter" || event.key === " ") act.open();
    else if (steps && facts.may_change) graph.move(one.id, one.x + steps[0], one.y + steps[1]);
    else if (event.key === "+" && facts.may_change) act.addAfter();
    else if ((event.key === "Delete" || event.key === "Backspace") && facts.may_change) act.remove();
    else return;
    event.preventDefault();
  });

  return {
    render, choose, focus,
    get chosen() { return state.chosen; },
    show: (wanted) => { Object.assign(state, wanted); render(); },
    zoom: (times) => { state.zoom = Math.min(2, Math.max(0.4, state.zoom * times)); render(); },
    fit: (width, least) => {
      const right = Math.max(600, ...graph.nodes.map((one) => one.x + WIDTH + 60));
      state.zoom = Math.min(1, Math.max(least, width / right));
      render();
    },
  };
};
