"use strict";
// The editor of a journey: graph, drawing and panel together; kept as one draws, with what is wrong and who stands where.
(() => {
  const svg = document.getElementById("journey-graph");
  if (!svg) return;
  const facts = JSON.parse(document.getElementById("journey-facts").textContent);
  facts.said = Object.fromEntries(facts.said);
  facts.sprite = svg.dataset.sprite;
  const graph = window.stJourney.graph(facts.graph);
  const kept = document.getElementById("journey-kept");
  const list = document.getElementById("journey-faults");
  const start = document.getElementById("journey-start");
  const buttons = Object.fromEntries(["undo", "redo", "smaller", "larger", "fit", "add"].map((name) => [name, document.getElementById(`journey-${name}`)]));
  const kinds = Object.fromEntries(facts.choices.kinds.map((one) => [one.value, one.label]));
  let said = facts.said;
  let faults = facts.faults;
  let waiting = 0;
  let sending = false;
  let again = false;

  const act = {
    chosen: (id) => panel.show(id, faults),
    open: () => { const input = document.querySelector("#journey-panel select, #journey-panel input"); if (input) input.focus(); },
    addAfter: () => { const input = document.querySelector("#journey-panel [data-add-after]"); if (input) input.focus(); },
    added: (id) => { drawing.choose(id); drawing.focus(id); },
    remove: () => {
      const one = graph.node(drawing.chosen);
      if (!one || one.kind === "trigger") return;
      graph.remove(one.id);
      drawing.choose("");
    },
    said: (id) => said[id], kind: (kind) => kinds[kind] || kind, faults: () => faults,
  };
  const drawing = window.stJourney.draw(svg, graph, facts, act);
  const panel = window.stJourney.panel(document.getElementById("journey-panel"), graph, facts, act);

  const showFaults = () => {
    list.replaceChildren(...faults.map((fault) => {
      const line = document.createElement("button");
      line.type = "button";
      line.className = "list-group-item list-group-item-action py-2";
      line.textContent = fault.node ? `${kinds[(graph.node(fault.node) || {}).kind] || ""}: ${fault.text}` : fault.text;
      line.addEventListener("click", () => { if (fault.node) { drawing.choose(fault.node); drawing.focus(fault.node); } });
      return line;
    }));
    if (!faults.length) {
      const fine = document.createElement("div");
      fine.className = "list-group-item text-success py-2";
      fine.textContent = facts.texts.fine;
      list.append(fine);
    }
    document.getElementById("journey-fault-count").textContent = faults.length || "";
    if (start) start.disabled = faults.length > 0 || !facts.drafted || waiting > 0;
  };
  const send = (more) => fetch(`${facts.address}graph/`, {
    method: "POST", body: JSON.stringify(graph.written()), headers: { "Content-Type": "application/json", "X-CSRFToken": window.sitong.cookie("csrftoken") }, ...more,
  });
  const keep = async () => {
    waiting = 0;
    if (sending) { again = true; return; }
    sending = true;
    try {
      const answer = await send();
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.message);
      ({ said, faults } = told);
      facts.drafted = told.drafted;
      if (!waiting && !again) kept.textContent = facts.texts.saved;
      drawing.show({ said, faults });
      showFaults();
      if (!document.getElementById("journey-panel").contains(document.activeElement)) panel.show(drawing.chosen, faults);
    } catch (failed) {
      kept.textContent = facts.texts.unsaved;
      window.sitong.toast(failed.message, "error");
    } finally {
      sending = false;
      if (again) {
        again = false;
        keep();
      }
    }
  };
  const enable = () => {
    if (!buttons.undo) return;
    buttons.undo.disabled = !graph.canUndo;
    buttons.redo.disabled = !graph.canRedo;
  };
  graph.listen(() => {
    drawing.render();
    enable();
    clearTimeout(waiting);
    waiting = setTimeout(keep, 500);
    kept.textContent = facts.texts.saving;
    if (start) start.disabled = true;
  });
  // Who leaves the page at once loses nothing.
  window.addEventListener("pagehide", () => { if (waiting) send({ keepalive: true }); });
  const count = async () => {
    if (document.hidden || facts.state === "draft") return;
    try {
      const answer = await fetch(`${facts.address}counts/`);
      if (answer.ok) drawing.show({ counts: (await answer.json()).nodes });
    } catch { /* the next one will tell */ }
  };

  const room = svg.parentElement;
  if (buttons.undo) {
    buttons.undo.addEventListener("click", () => { graph.undo(); panel.show(drawing.chosen, faults); });
    buttons.redo.addEventListener("click", () => { graph.redo(); panel.show(drawing.chosen, faults); });
    buttons.add.addEventListener("change", (event) => {
      if (event.target.value) act.added(graph.add(event.target.value));
      event.target.value = "";
    });
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea, select")) return;
      if (event.key.toLowerCase() === "z") { event.preventDefault(); if (event.shiftKey) graph.redo(); else graph.undo(); }
    });
  }
  buttons.smaller.addEventListener("click", () => drawing.zoom(1 / 1.2));
  buttons.larger.addEventListener("click", () => drawing.zoom(1.2));
  buttons.fit.addEventListener("click", () => drawing.fit(room.clientWidth - 24, 0.4));
  room.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    drawing.zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
  }, { passive: false });

  drawing.fit(room.clientWidth - 24, 0.8);
  panel.show("", faults);
  showFaults();
  enable();
  count();
  setInterval(count, 5000);
})();
