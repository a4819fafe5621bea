"use strict";
// The graph of a journey: nodes, ways between them, and every change remembered so that it can be undone. Draws nothing.
window.stJourney = {};
window.stJourney.graph = (drawn) => {
  const SHARES = "abcdefgh";
  let nodes = structuredClone(drawn.nodes || []);
  let edges = structuredClone(drawn.edges || []);
  const before = [];
  const after = [];
  const listeners = [];
  const kept = () => JSON.stringify({ nodes, edges });
  const tell = () => listeners.forEach((heard) => heard());

  const change = (act) => {
    const was = kept();
    const answer = act();
    if (kept() !== was) {
      before.push(was);
      if (before.length > 200) before.shift();
      after.length = 0;
      tell();
    }
    return answer;
  };
  const go = (from, to) => {
    if (!from.length) return;
    to.push(kept());
    ({ nodes, edges } = JSON.parse(from.pop()));
    tell();
  };

  const node = (id) => nodes.find((one) => one.id === id);
  const waysOf = (one) => {
    if (!one || one.kind === "exit") return [];
    if (one.kind === "wait_until" || one.kind === "branch") return ["yes", "no"];
    if (one.kind === "split") return [...SHARES].slice(0, (one.shares || []).length);
    if (one.kind === "send" || one.kind === "give") return ["next", "no"];
    return ["next"];
  };
  const mayStayOpen = (one, way) => one.kind === "goal" || ((one.kind === "send" || one.kind === "give") && way === "no");
  const target = (id, way) => (edges.find((edge) => edge.from === id && (edge.way || "next") === way) || {}).to;
  const freeId = () => {
    let number = nodes.length + 1;
    while (node("n" + number)) number += 1;
    return "n" + number;
  };
  const settingsFor = (kind) => ({
    wait: { amount: 1, unit: "days" },
    wait_until: { event: "scene.order_paid", where: [], amount: 3, unit: "days" },
    branch: { segment: "" },
    split: { shares: [5000, 5000] },
    goal: { event: "scene.order_paid", where: [], days: 14, leave: true },
    task: { text: "" },
    webhook: { label: "" },
  })[kind] || {};
  const freePlace = (x, y) => {
    const taken = () => nodes.some((one) => Math.abs(one.x - x) < 150 && Math.abs(one.y - y) < 70);
    while (taken()) y += 110;
    return { x, y };
  };
  const lead = (from, way, to) => {
    edges = edges.filter((edge) => !(edge.from === from && (edge.way || "next") === way));
    if (to) edges.push({ from, to, way });
  };

  return {
    get nodes() { return nodes; },
    get edges() { return edges; },
    get canUndo() { return before.length > 0; },
    get canRedo() { return after.length > 0; },
    node, waysOf, mayStayOpen, target,
    written: () => ({ nodes, edges }),
    listen: (heard) => listeners.push(heard),
    undo: () => go(before, after),
    redo: () => go(after, before),
    set: (id, wanted) => change(() => {
      const one = node(id);
      Object.entries(wanted).forEach(([key, value]) => { if (value === undefined) delete one[key]; else one[key] = value; });
      edges = edges.filter((edge) => edge.from !== id || waysOf(one).includes(edge.way || "next"));
    }),
    move: (id, x, y) => change(() => { const one = node(id); one.x = Math.max(0, Math.round(x / 10) * 10); one.y = Math.max(0, Math.round(y / 10) * 10); }),
    connect: (from, way, to) => change(() => lead(from, way, to)),
    add: (kind) => change(() => {
      const right = Math.max(40, ...nodes.map((one) => one.x));
      const made = { id: freeId(), kind, ...settingsFor(kind), ...freePlace(kind === "goal" ? 40 : right, 40) };
      nodes.push(made);
      return made.id;
    }),
    // What stood behind the way stands behind the new node; room is made for it.
    addAfter: (id, way, kind) => change(() => {
      const one = node(id);
      const then = target(id, way);
      const row = waysOf(one).indexOf(way);
      const made = { id: freeId(), kind, ...settingsFor(kind) };
      if (then && node(then).x - one.x < 400) nodes.forEach((other) => { if (other.x > one.x) other.x += 210; });
      Object.assign(made, freePlace(one.x + 210, one.y + (row > 0 && !then ? row * 110 : 0)));
      nodes.push(made);
      lead(id, way, made.id);
      const ways = waysOf(made);
      if (then && ways.length) lead(made.id, ways[0], then);
      return made.id;
    }),
    // What led to the node leads to where its first way led.
    remove: (id) => change(() => {
      const one = node(id);
      const then = waysOf(one).map((way) => target(id, way)).find(Boolean);
      nodes = nodes.filter((other) => other.id !== id);
      edges = edges.filter((edge) => edge.from !== id)
        .map((edge) => (edge.to === id ? { ...edge, to: then } : edge)).filter((edge) => edge.to && edge.to !== edge.from);
    }),
  };
};
