"use strict";
// The panel beside the graph: what the chosen node wants, where its ways lead, and steps added without dragging.
window.stJourney.panel = (place, graph, facts, act) => {
  const texts = facts.texts;
  const { choices } = facts;

  const make = (name, wanted = {}, ...inside) => {
    const made = document.createElement(name);
    Object.entries(wanted).forEach(([key, value]) => {
      if (value === undefined || value === false) return;
      if (key === "on") Object.entries(value).forEach(([event, heard]) => made.addEventListener(event, heard));
      else if (key in made && key !== "list") made[key] = value;
      else made.setAttribute(key, value);
    });
    made.append(...inside.filter((one) => one !== null && one !== undefined));
    return made;
  };
  const row = (label, input, hint) => make("label", { className: "form-label d-block mb-3" }, make("span", { className: "d-block mb-1" }, label), input,
    hint ? make("span", { className: "form-hint d-block" }, hint) : null);
  const option = (one, chosen) => make("option", { value: one.value, selected: String(one.value) === String(chosen ?? "") }, one.label);
  const select = (options, chosen, changed, empty) => make("select", { className: "form-select", disabled: !facts.may_change, on: { change: (event) => changed(event.target.value) } },
    ...(empty === undefined ? [] : [option({ value: "", label: empty }, chosen)]),
    ...options.map((one) => (one.options ? make("optgroup", { label: one.label }, ...one.options.map((inner) => option(inner, chosen))) : option(one, chosen))));
  const number = (value, changed, { min = 0, max = 100000, step = 1 } = {}) => make("input", {
    className: "form-control", type: "number", min, max, step, value: value ?? "", disabled: !facts.may_change,
    on: { change: (event) => changed(event.target.value === "" ? undefined : Number(event.target.value)) },
  });
  const text = (value, changed, wanted = {}) => make("input", {
    className: "form-control", value: value ?? "", maxLength: 200, disabled: !facts.may_change, ...wanted, on: { change: (event) => changed(event.target.value) },
  });
  const list = (...pairs) => pairs.map(([value, label]) => ({ value, label }));
  const hours = [...Array(24).keys()].map((hour) => ({ value: String(hour), label: `${hour}:00` }));

  const eventRows = (one, set) => {
    const known = choices.events.some((event) => event.value === one.event);
    const rows = [row(texts.event, select([...choices.events, { value: "?", label: texts.other_event }], known || !one.event ? one.event : "?",
      (value) => set({ event: value === "?" ? "word.happened" : value, segment: undefined, way: undefined }), texts.choose))];
    if (one.event && !known) rows.push(row(texts.other_event, text(one.event, (value) => set({ event: value }))));
    const where = one.where || [];
    const put = (at, cell, value) => set({ where: where.map((line, index) => (index === at ? line.map((old, place) => (place === cell ? value : old)) : line)) });
    const typed = (value) => (/^-?\d+$/.test(value) ? Number(value) : value);
    where.forEach((line, at) => rows.push(make("div", { className: "jy-where mb-2" },
      select(choices.fields.some((field) => field.value === line[0]) ? choices.fields : [...choices.fields, { value: line[0], label: line[0] }], line[0], (value) => put(at, 0, value)),
      select(list(["=", "="], ["!=", "≠"], [">=", "≥"], ["<=", "≤"]), line[1], (value) => put(at, 1, value)),
      text(line[2], (value) => put(at, 2, typed(value)), { ariaLabel: texts.value }),
      make("button", { type: "button", className: "btn btn-icon", ariaLabel: texts.less, on: { click: () => set({ where: where.filter((_line, index) => index !== at) }) } }, "×"))));
    if (facts.may_change && one.event) rows.push(make("button", { type: "button", className: "btn btn-sm mb-3", on: { click: () => set({ where: [...where, ["total_minor", ">=", 0]] }) } }, `+ ${texts.where}`));
    return rows;
  };
  const segmentRow = (one, set) => row(texts.segment, select(choices.segments, one.segment, (value) => set({ segment: value })),
    choices.segments.length ? "" : texts.no_segments);
  const segmentRows = (one, set) => {
    const found = segmentRow(one, set);
    if (!one.segment) found.querySelector("select").prepend(option({ value: "", label: texts.choose }, ""));
    return [found, row(texts.segment_way, select(list(["entered", texts.entered], ["left", texts.left]), one.way || "entered", (value) => set({ way: value })))];
  };
  const happening = (one, set) => [
    row(texts.what, select(list(["event", texts.on_event], ["segment", texts.on_segment]), "event" in one ? "event" : "segment",
      (value) => set(value === "event" ? { event: "scene.order_paid", where: [], segment: undefined, way: undefined } : { segment: "", way: "entered", event: undefined, where: undefined }))),
    ...("event" in one ? eventRows(one, set) : segmentRows(one, set)),
  ];
  const long = (one, set, label) => make("div", { className: "row g-2" },
    make("div", { className: "col-5" }, row(label, number(one.amount, (value) => set({ amount: value }), { min: 0 }))),
    make("div", { className: "col-7" }, row(texts.unit, select(list(["minutes", texts.minutes], ["hours", texts.hours], ["days", texts.days]), one.unit || "days", (value) => set({ unit: value })))));

  const triggers = {
    event: (one, set) => eventRows(one, set), segment: segmentRows,
    date: (one, set) => [
      row(texts.date, select(list(["birthday", texts.birthday], ["anniversary", texts.anniversary]), one.date, (value) => set({ date: value }))),
      row(texts.days_before, number(one.days_before ?? 0, (value) => set({ days_before: value ?? 0 }), { max: 60 })),
      row(texts.hour, select(hours, one.hour ?? 9, (value) => set({ hour: Number(value) }))),
    ],
    schedule: (one, set) => [segmentRows(one, set)[0], row(texts.at, text(one.at, (value) => set({ at: value }), { type: "datetime-local" }))],
    hand: () => [],
  };
  const fresh = { event: { event: "member.joined", where: [] }, segment: { segment: "", way: "entered" }, date: { date: "birthday", days_before: 0, hour: 9 }, schedule: { segment: "", at: "" }, hand: {} };
  const none = { event: undefined, where: undefined, segment: undefined, way: undefined, date: undefined, days_before: undefined, hour: undefined, at: undefined };

  const giveRows = (one, set) => {
    const reward = one.reward || {};
    const chosen = one.tag !== undefined ? `tag:${one.tag}` : reward.ref_id ? `${reward.kind}:${reward.ref_id}` : reward.kind;
    const tags = choices.tags.map((tag) => ({ value: `tag:${tag.value}`, label: tag.label }));
    const options = [...choices.rewards, ...(tags.length ? [{ label: texts.tags, options: tags }] : [])];
    const pick = (value) => {
      const [kind, ref] = value.split(":");
      if (kind === "tag") set({ tag: ref, reward: undefined });
      else set({ tag: undefined, reward: value ? { kind, amount: kind === "points" ? 50 : 1, ...(ref ? { ref_id: ref } : {}) } : undefined });
    };
    return [row(texts.give, select(options, chosen, pick, texts.choose)),
      ...(reward.kind ? [row(texts.count, number(reward.amount, (value) => set({ reward: { ...reward, amount: value } }), { min: 1 }))] : [])];
  };
  const splitRows = (one, set) => {
    const shares = one.shares || [];
    const even = (count) => [...Array(count).keys()].map((at) => Math.floor(10000 / count) + (at < 10000 % count ? 1 : 0));
    return [...shares.map((share, at) => row(`${texts.share} ${"ABCDEFGH"[at]} (%)`, number(share / 100, (value) => set({ shares: shares.map((old, index) => (index === at ? Math.round((value || 0) * 100) : old)) }), { min: 0.01, max: 100, step: "any" }))),
      facts.may_change ? make("div", { className: "btn-list mb-3" },
        make("button", { type: "button", className: "btn btn-sm", disabled: shares.length >= 8, on: { click: () => set({ shares: even(shares.length + 1) }) } }, `+ ${texts.more}`),
        make("button", { type: "button", className: "btn btn-sm", disabled: shares.length <= 2, on: { click: () => set({ shares: even(shares.length - 1) }) } }, `− ${texts.less}`)) : null];
  };
  const branchRows = (one, set) => {
    const kind = one.happened ? "happened" : one.rule ? "rule" : "segment";
    const sends = graph.nodes.filter((other) => other.kind === "send").map((other) => ({ value: other.id, label: act.said(other.id) || other.id }));
    const pick = (value) => set({ segment: undefined, happened: undefined, rule: undefined, ...(value === "segment" ? { segment: "" } : { happened: { node: (sends[0] || {}).value || "", what: "opened" } }) });
    const options = list(["segment", texts.in_segment], ["happened", texts.happened], ...(one.rule ? [["rule", texts.rule]] : []));
    const rows = [row(texts.decides, select(options, kind, pick))];
    if (kind === "segment") rows.push(segmentRows(one, set)[0]);
    if (kind === "rule") rows.push(make("p", { className: "form-hint" }, texts.advanced));
    if (kind === "happened") rows.push(row(texts.message, select(sends, one.happened.node, (value) => set({ happened: { ...one.happened, node: value } }), sends.length ? undefined : texts.choose)),
      row(texts.what, select(list(["delivered", texts.delivered], ["opened", texts.opened], ["clicked", texts.clicked]), one.happened.what, (value) => set({ happened: { ...one.happened, what: value } }))));
    return rows;
  };
  const hint = (said) => make("p", { className: "form-hint" }, said);

  const forms = {
    trigger: (one, set) => [
      row(texts.on, select(list(["event", texts.on_event], ["segment", texts.on_segment], ["date", texts.on_date], ["schedule", texts.on_schedule], ["hand", texts.on_hand]), one.on, (value) => set({ ...none, on: value, ...fresh[value] }))),
      ...(triggers[one.on] || (() => []))(one, set),
    ],
    wait: (one, set) => [long(one, set, texts.amount), row(texts.then_hour, select(hours, one.hour, (value) => set({ hour: value === "" ? undefined : Number(value) }), texts.at_once))],
    wait_until: (one, set) => [...happening(one, set), long(one, set, texts.at_most)],
    branch: branchRows, split: splitRows,
    send: (one, set) => [row(texts.template, select(choices.templates, one.template, (value) => set({ template: value }), choices.templates.length ? texts.choose : texts.no_templates)), hint(texts.send_hint), hint(texts.control_hint)],
    give: (one, set) => [...giveRows(one, set), hint(texts.control_hint)],
    task: (one, set) => [row(texts.text, text(one.text, (value) => set({ text: value }))), row(texts.text_en, text(one.text_en, (value) => set({ text_en: value }))), hint(texts.task_hint)],
    webhook: (one, set) => [row(texts.label, text(one.label, (value) => set({ label: value }))), hint(texts.webhook_hint)],
    goal: (one, set) => [...happening(one, set), row(texts.within, number(one.days, (value) => set({ days: value }), { min: 1, max: 365 })),
      make("label", { className: "form-check" }, make("input", { className: "form-check-input", type: "checkbox", checked: one.leave !== false, disabled: !facts.may_change, on: { change: (event) => set({ leave: event.target.checked }) } }), make("span", { className: "form-check-label" }, texts.leave)),
      hint(texts.goal_hint)],
    exit: () => [hint(texts.exit_hint)],
  };

  const wayRows = (one) => graph.waysOf(one).map((way) => {
    const others = graph.nodes.filter((other) => other.id !== one.id && other.kind !== "trigger")
      .map((other) => ({ value: other.id, label: [act.kind(other.kind), act.said(other.id)].filter(Boolean).join(" · ") }));
    const label = way === "next" ? texts.leads_to : `${texts.leads_to} (${facts.ways[way] || way.toUpperCase()})`;
    const after = (way === "next" ? texts.after : texts.after_way.replace("%(way)s", facts.ways[way] || way.toUpperCase()));
    const kinds = choices.kinds.filter((kind) => kind.value !== "trigger" && kind.value !== "goal");
    return make("div", { className: "jy-leads" }, row(label, select(others, graph.target(one.id, way), (value) => graph.connect(one.id, way, value || null), texts.nowhere)),
      facts.may_change ? make("select", { className: "form-select form-select-sm mb-3", ariaLabel: after, "data-add-after": way, on: { change: (event) => { if (event.target.value) act.added(graph.addAfter(one.id, way, event.target.value)); } } },
        make("option", { value: "" }, `+ ${after}`), ...kinds.map((kind) => option(kind, ""))) : null);
  });

  const show = (id, faults) => {
    const one = graph.node(id);
    if (!one) { place.replaceChildren(hint(texts.pick), hint(texts.keys), ...faults.filter((fault) => !fault.node).map((fault) => make("div", { className: "alert alert-warning py-2" }, fault.text))); return; }
    const set = (wanted) => { graph.set(id, wanted); show(id, act.faults()); };
    place.replaceChildren(make("h2", { className: "h3 mb-3" }, act.kind(one.kind)),
      ...faults.filter((fault) => fault.node === id).map((fault) => make("div", { className: "alert alert-warning py-2", role: "status" }, fault.text)),
      ...(forms[one.kind] || (() => []))(one, set).filter(Boolean), make("hr", { className: "my-3" }), ...wayRows(one),
      facts.may_change ? (one.kind === "trigger" ? hint(texts.one_trigger) : make("button", { type: "button", className: "btn btn-outline-danger w-100", on: { click: act.remove } }, texts.delete)) : null);
    if (!facts.may_change) place.querySelectorAll("select, input").forEach((input) => { input.disabled = true; });
  };
  return { show };
};
