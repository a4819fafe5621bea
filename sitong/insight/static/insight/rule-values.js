"use strict";
// Inputs for the values of conditions: each by what its field is. `change(value)` is called with what the language wants.
(() => {
  const rules = window.sitongRules;
  const el = (tag, attributes = {}, children = []) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value != null) made.setAttribute(name, value);
    }
    made.append(...[children].flat().filter((child) => child != null));
    return made;
  };
  const select = (options, chosen, change, label) => {
    const known = options.some(([code]) => code === chosen);
    const made = el("select", { class: "form-select", "aria-label": label, onchange: () => change(made.value) },
      options.map(([code, name]) => el("option", { value: code, selected: code === chosen }, name)));
    if (!known) made.prepend(el("option", { value: chosen ?? "", selected: true }, chosen || "–"));
    return made;
  };
  const whole = (value, change, label, attributes = {}) => {
    const made = el("input", { class: "form-control", type: "number", step: 1, value, "aria-label": label, ...attributes,
      oninput: () => { if (made.value !== "" && Number.isInteger(Number(made.value))) change(Number(made.value)); } });
    return made;
  };
  const money = (value, change, label) => {
    const made = el("input", { class: "form-control", type: "number", step: "0.01", value: (value / 100).toFixed(2), "aria-label": label,
      oninput: () => { if (made.value !== "") change(Math.round(Number(made.value) * 100)); } });
    return el("div", { class: "input-group flex-nowrap" }, [el("span", { class: "input-group-text" }, catalog().texts.currency), made]);
  };
  const catalog = () => rules.catalog;

  const isList = (op) => op === "in" || op === "not_in";
  const optionsOf = (field) => (field.choices.length ? field.choices : catalog().choices[field.of]) || null;

  // What a value becomes when field or comparison change: kept where it still makes sense.
  const suited = (field, op, value) => {
    if (isList(op)) return Array.isArray(value) ? value : value == null || value === "" ? [] : [value];
    if (Array.isArray(value)) value = value[0];
    if (field.kind === "boolean") return typeof value === "boolean" ? value : true;
    if (field.kind === "integer") return typeof value === "number" ? value : 0;
    if (field.kind === "date") return /^\d{4}-\d\d-\d\d$/.test(value) ? value : new Date().toISOString().slice(0, 10);
    const options = optionsOf(field);
    if (typeof value === "string" && (!options || field.open || options.some(([code]) => code === value))) return value;
    return options && options.length ? options[0][0] : "";
  };

  const input = (field, op, value, change, redraw) => {
    if (isList(op)) return chips(field, value, change, redraw);
    if (field.kind === "boolean") {
      return select([["true", catalog().texts.yes], ["false", catalog().texts.no]], String(value), (text) => change(text === "true"), field.label);
    }
    if (field.of === "money") return money(value, change, field.label);
    if (field.kind === "integer") return whole(value, change, field.label);
    if (field.kind === "date") {
      const made = el("input", { class: "form-control", type: "date", value, "aria-label": field.label, onchange: () => change(made.value) });
      return made;
    }
    const options = optionsOf(field);
    if (options && !field.open) return select(options, value, change, field.label);
    if (catalog().searches[field.of]) return searched(field, value ? [value] : [], (ids) => change(ids.at(-1) || ""), redraw);
    return open(field, value, change, options);
  };

  // Free text that offers what is known.
  const open = (field, value, change, options) => {
    const list = `known-${field.name}`;
    const made = el("input", { class: "form-control", value: value || "", maxlength: 100, list: options ? list : null, "aria-label": field.label,
      onchange: () => change(made.value.trim()) });
    return options ? el("div", {}, [made, el("datalist", { id: list }, options.map(([code, name]) => el("option", { value: code }, name)))]) : made;
  };

  const chip = (name, remove) => el("span", { class: "badge bg-green-lt rule-chip" }, [
    name, el("button", { type: "button", class: "btn-close", "aria-label": `${catalog().texts.remove} ${name}`, onclick: remove }),
  ]);

  const chips = (field, values, change, redraw) => {
    if (catalog().searches[field.of]) return searched(field, values, change, redraw);
    const options = optionsOf(field);
    const put = (value) => { if (value !== "" && !values.includes(value)) { change([...values, value]); redraw(); } };
    const shown = values.map((value) => chip((options || []).find(([code]) => code === value)?.[1] || String(value),
      () => { change(values.filter((one) => one !== value)); redraw(); }));
    const left = (options || []).filter(([code]) => !values.includes(code));
    const adding = options && !field.open
      ? select([["", catalog().texts.add], ...left], "", put, field.label)
      : el("input", { class: "form-control", type: field.kind === "integer" ? "number" : "text", placeholder: catalog().texts.add, "aria-label": field.label,
          onchange: (event) => put(field.kind === "integer" ? Number(event.target.value) : event.target.value.trim()) });
    return el("div", { class: "rule-chips" }, [...shown, adding]);
  };

  // Things of which there are too many to list are found by their names.
  const searched = (field, ids, change, redraw) => {
    const names = catalog().names;
    const found = el("div", { class: "rule-found list-group", role: "listbox" });
    let last = 0;
    const look = async (text) => {
      const mine = ++last;
      if (!text.trim()) { found.replaceChildren(); return; }
      const answer = await fetch(`${catalog().searches[field.of]}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
      if (mine !== last || !answer.ok) return;
      const rows = (await answer.json()).found;
      found.replaceChildren(...(rows.length ? rows.map(([id, name]) => el("button", { type: "button", class: "list-group-item list-group-item-action", role: "option",
        onclick: () => { names[id] = name; change([...ids.filter((one) => one !== id), id]); redraw(); } }, name))
        : [el("div", { class: "list-group-item text-secondary" }, catalog().texts.nothing_found)]));
    };
    let wait;
    const box = el("input", { class: "form-control", type: "search", placeholder: catalog().texts.search, "aria-label": field.label, autocomplete: "off",
      oninput: () => { clearTimeout(wait); wait = setTimeout(() => look(box.value), 250); } });
    return el("div", { class: "rule-chips" }, [
      ...ids.map((id) => chip(names[id] || id, () => { change(ids.filter((one) => one !== id)); redraw(); })),
      el("div", { class: "rule-search" }, [box, found]),
    ]);
  };

  Object.assign(rules, { el, select, whole, money, input, suited });
})();
