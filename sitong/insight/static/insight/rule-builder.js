"use strict";
// The builder of rules: draws the tree as groups and lines, keeps the form's hidden field, and says at once how many belong.
(() => {
  const place = document.getElementById("rule-builder");
  if (!place) return;
  const rules = window.sitongRules, { el, select, whole, input, suited } = rules;
  const json = (id) => JSON.parse(document.getElementById(id).textContent);
  const catalog = rules.catalog = json("rule-catalog"), texts = catalog.texts;
  const subjects = Object.fromEntries(catalog.subjects.map((one) => [one.name, one]));
  const members = Object.fromEntries(catalog.members.map((one) => [one.name, one]));
  const kept = document.getElementById("rule-kept");
  const root = rules.read(json("rule-now"));

  const icon = (name) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    made.setAttribute("class", "icon");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${catalog.sprite}#${name}`);
    made.append(use);
    return made;
  };
  const button = (name, picture, onclick, kind = "btn") => el("button", { type: "button", class: kind, onclick }, [icon(picture), name]);
  const closing = (name, onclick) => el("button", { type: "button", class: "btn-close", "aria-label": name, title: name, onclick });

  const changed = () => { kept.value = JSON.stringify(rules.write(root)); counting(); };
  const redraw = () => { place.replaceChildren(drawGroup(root, null)); changed(); };

  // One field, one comparison, one value.
  const condition = (fields, one, remove) => {
    const field = fields.find((each) => each.name === one.field) || fields[0];
    const ops = catalog.ops[field.kind].filter((op) => !(field.name === "what" && one.value === "held" && op !== "="));
    return el("div", { class: "rule-condition" }, [
      select(fields.map((each) => [each.name, each.label]), one.field, (name) => {
        const next = fields.find((each) => each.name === name);
        one.field = name;
        if (!catalog.ops[next.kind].includes(one.op)) one.op = catalog.ops[next.kind][0];
        one.value = suited(next, one.op, null);
        redraw();
      }, texts.field),
      select(ops.map((op) => [op, catalog.op_labels[field.kind === "date" ? `date ${op}` : op] || catalog.op_labels[op]]), one.op, (op) => {
        one.op = op;
        one.value = suited(field, op, one.value);
        redraw();
      }, texts.comparison),
      input(field, one.op, one.value, (value) => { one.value = value; changed(); }, redraw),
      remove && closing(texts.remove, remove),
    ]);
  };
  const conditions = (one) => {
    const fields = subjects[one.subject].fields.filter((field) => field.asked);
    const add = () => {
      const field = fields[0], op = catalog.ops[field.kind][0];
      one.where.push({ field: field.name, op, value: suited(field, op, null) });
      redraw();
    };
    return el("div", { class: "rule-where" }, [
      ...one.where.map((each) => condition(fields, each, () => { one.where.splice(one.where.indexOf(each), 1); redraw(); })),
      fields.length ? button(texts.add_condition, "filter", add, "btn btn-sm btn-ghost-secondary") : null,
    ]);
  };
  const subjectOf = (one, timed) => select(catalog.subjects.filter((each) => !timed || each.timed).map((each) => [each.name, each.label]), one.subject,
    (name) => {
      one.subject = name;
      one.where = [];
      if (!subjects[name].timed) Object.assign(one, { last_days: null, from: "", until: "" });
      if (one.measure) one.measure = "count";
      redraw();
    }, texts.subject);

  // How often, how much, and in which time.
  const measures = (subject) => [
    ["count", catalog.measures.count],
    ...(subject.timed ? [["days", catalog.measures.days], ["recency_days", catalog.measures.recency_days]] : []),
    ...(subject.timed ? subject.fields.filter((field) => field.measured).flatMap((field) => ["sum", "avg", "max", "min"]
      .map((kind) => [`${kind}:${field.name}`, catalog.measures[kind].replace("{field}", field.label)])) : []),
    ...subject.fields.filter((field) => field.told_apart).map((field) => [`distinct:${field.name}`, catalog.measures.distinct.replace("{field}", field.label)]),
  ];
  const measured = (node) => {
    const subject = subjects[node.subject], name = node.measure.split(":")[1];
    const isMoney = name && !node.measure.startsWith("distinct") && subject.fields.find((field) => field.name === name)?.of === "money";
    const change = (value) => { node.value = value; changed(); };
    return el("div", { class: "rule-condition" }, [
      select(measures(subject), node.measure, (measure) => { node.measure = measure; redraw(); }, texts.measure),
      select(catalog.compared.map((op) => [op, catalog.op_labels[op]]), node.op, (op) => { node.op = op; changed(); }, texts.comparison),
      isMoney ? rules.money(node.value, change, texts.value) : whole(node.value, change, texts.value),
    ]);
  };
  const period = (node) => {
    const way = node.from || node.until ? "between" : node.last_days ? "last" : "ever";
    const day = (name) => {
      const made = el("input", { class: "form-control", type: "date", value: node[name], "aria-label": texts[name], onchange: () => { node[name] = made.value; changed(); } });
      return made;
    };
    return el("div", { class: "rule-condition" }, [
      select([["last", texts.in_the_last], ["between", texts.between], ["ever", texts.ever]], way, (chosen) => {
        Object.assign(node, { last_days: chosen === "last" ? 30 : null, from: chosen === "between" ? new Date().toISOString().slice(0, 10) : "", until: "" });
        redraw();
      }, texts.period),
      way === "last" ? days(node, "last_days", texts.days) : null,
      ...(way === "between" ? [day("from"), day("until")] : []),
    ]);
  };
  const days = (node, name, label) => el("div", { class: "input-group flex-nowrap" }, [
    whole(node[name] ?? "", (value) => { node[name] = value > 0 ? value : null; changed(); }, label, { min: 1, max: 3660 }),
    el("span", { class: "input-group-text" }, texts.days),
  ]);

  const parts = {
    did: (node) => [el("div", { class: "rule-condition" }, subjectOf(node)), conditions(node), measured(node), subjects[node.subject].timed ? period(node) : null],
    is: (node) => condition(catalog.members, node, null),
    tag: (node) => el("div", { class: "rule-condition" }, select(catalog.choices.tag, node.id, (id) => { node.id = id; changed(); }, texts.tag)),
    in: (node) => el("div", { class: "rule-condition" }, select(catalog.choices.segment, node.id, (id) => { node.id = id; changed(); }, texts.segment)),
    then: (node) => [
      ...node.steps.map((step, number) => el("div", { class: "rule-step" }, [
        el("div", { class: "rule-condition" }, [
          number ? select([["", texts.then], ["1", texts.then_not]], step.absent ? "1" : "", (chosen) => { step.absent = Boolean(chosen); redraw(); }, texts.then)
            : el("span", { class: "rule-first" }, texts.first),
          subjectOf(step, true),
          node.steps.length > 2 && number ? closing(texts.remove, () => { node.steps.splice(number, 1); redraw(); }) : null,
        ]),
        conditions(step),
      ])),
      el("div", { class: "rule-condition" }, [
        node.steps.length < 6 ? button(texts.add_step, "plus", () => { node.steps.push({ absent: false, subject: node.steps[0].subject, where: [] }); redraw(); }, "btn btn-sm btn-ghost-secondary") : null,
        el("label", { class: "rule-label" }, [texts.each_within, days(node, "within_days", texts.each_within)]),
        el("label", { class: "rule-label" }, [texts.begun_in_the_last, days(node, "last_days", texts.begun_in_the_last)]),
      ]),
    ],
  };

  const drawLine = (node, above) => el("div", { class: `rule-line${node.negated ? " rule-not" : ""}` }, [
    el("div", { class: "rule-head" }, [
      select([["", texts.yes_it_holds], ["1", texts.not_it_holds]], node.negated ? "1" : "", (chosen) => { node.negated = Boolean(chosen); redraw(); }, texts.holds),
      el("span", { class: "text-secondary small" }, texts[`kind_${node.type}`]),
      closing(texts.remove, () => { above.rules.splice(above.rules.indexOf(node), 1); redraw(); }),
    ]),
    ...[parts[node.type](node)].flat(),
  ]);

  const adders = (group) => {
    const put = (node) => { group.rules.push(node); redraw(); };
    const field = catalog.members[0];
    return el("div", { class: "btn-list rule-adders" }, [
      button(texts.add_did, "shopping-bag", () => put(rules.fresh.did("lines")), "btn btn-sm"),
      button(texts.add_is, "user", () => {
        const node = rules.fresh.is(field);
        node.op = catalog.ops[field.kind][0];
        node.value = suited(field, node.op, null);
        put(node);
      }, "btn btn-sm"),
      button(texts.add_then, "arrow-right", () => put(rules.fresh.then("lines")), "btn btn-sm"),
      catalog.choices.tag.length ? button(texts.add_tag, "tag", () => put(rules.fresh.tag(catalog.choices.tag[0][0])), "btn btn-sm") : null,
      catalog.choices.segment.length ? button(texts.add_in, "users", () => put(rules.fresh.in(catalog.choices.segment[0][0])), "btn btn-sm") : null,
      button(texts.add_group, "stack-2", () => put(rules.fresh.group()), "btn btn-sm btn-ghost-secondary"),
    ]);
  };
  const drawGroup = (group, above) => el("div", { class: `rule-group${group.negated ? " rule-not" : ""}` }, [
    el("div", { class: "rule-head" }, [
      above ? select([["", texts.yes_it_holds], ["1", texts.not_it_holds]], group.negated ? "1" : "", (chosen) => { group.negated = Boolean(chosen); redraw(); }, texts.holds) : null,
      select([["all", texts.all_of], ["any", texts.any_of]], group.kind, (kind) => { group.kind = kind; redraw(); }, texts.group),
      above ? closing(texts.remove, () => { above.rules.splice(above.rules.indexOf(group), 1); redraw(); }) : null,
    ]),
    ...group.rules.map((node) => (node.type === "group" ? drawGroup(node, group) : drawLine(node, group))),
    adders(group),
  ]);

  // How many belong, and the rule read aloud: asked again a moment after the last change.
  const answer = document.getElementById("rule-answer");
  let wait, asked = 0;
  const counting = () => { clearTimeout(wait); wait = setTimeout(count, 350); };
  const count = async () => {
    const mine = ++asked;
    answer.classList.add("rule-asking");
    try {
      const told = await fetch(place.dataset.count, {
        method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": window.sitong.cookie("csrftoken"), Accept: "text/html" }, body: kept.value,
      });
      const text = await told.text();
      if (mine === asked) answer.innerHTML = text;
    } catch {
      if (mine === asked) answer.textContent = texts.not_counted;
    }
    if (mine === asked) answer.classList.remove("rule-asking");
  };
  redraw();
})();
