"use strict";
// Rules of segments as the builder holds them: a tree of nodes, each with `negated`, read from and written to the language's JSON.
window.sitongRules = (() => {
  const group = (kind = "all", rules = []) => ({ type: "group", kind, negated: false, rules });

  // Gives the node for a rule; what stands outside of a group at the top is put into one.
  const read = (kept) => {
    const node = readAny(kept);
    return node.type === "group" && !node.negated ? node : group("all", [node]);
  };
  const readAny = (kept) => {
    if (kept.not) {
      const inner = readAny(kept.not);
      return { ...inner, negated: !inner.negated };
    }
    for (const kind of ["all", "any"]) if (kept[kind]) return group(kind, kept[kind].map(readAny));
    if (kept.is) return { type: "is", negated: false, field: kept.is, op: kept.op || "=", value: kept.value };
    if (kept.tag) return { type: "tag", negated: false, id: kept.tag };
    if (kept.in) return { type: "in", negated: false, id: kept.in };
    if (kept.then) {
      const steps = kept.then.map((step) => ({ absent: Boolean(step.not), ...pattern(step.not || step) }));
      return { type: "then", negated: false, steps, within_days: kept.within_days ?? null, last_days: kept.last_days ?? null };
    }
    return {
      type: "did", negated: false, ...pattern(kept), last_days: kept.last_days ?? null, from: kept.from || "", until: kept.until || "",
      measure: kept.measure || "count", op: kept.op || ">=", value: kept.value ?? 1,
    };
  };
  const pattern = (kept) => ({ subject: kept.did, where: (kept.where || []).map(([field, op, value]) => ({ field, op, value })) });

  const write = (node) => {
    const rule = writeBare(node);
    return node.negated ? { not: rule } : rule;
  };
  const writeBare = (node) => {
    switch (node.type) {
      case "group": return { [node.kind]: node.rules.map(write) };
      case "is": return { is: node.field, op: node.op, value: node.value };
      case "tag": return { tag: node.id };
      case "in": return { in: node.id };
      case "then": return {
        then: node.steps.map((step) => (step.absent ? { not: written(step) } : written(step))),
        ...(node.within_days ? { within_days: node.within_days } : {}),
        ...(node.last_days ? { last_days: node.last_days } : {}),
      };
      default: return {
        ...written(node), ...(node.last_days ? { last_days: node.last_days } : {}), ...(node.from ? { from: node.from } : {}),
        ...(node.until ? { until: node.until } : {}), measure: node.measure, op: node.op, value: node.value,
      };
    }
  };
  const written = (one) => ({
    did: one.subject,
    ...(one.where.length ? { where: one.where.map((each) => [each.field, each.op, each.value]) } : {}),
  });

  // Fresh nodes of each kind, as somebody adds them.
  const fresh = {
    did: (subject) => ({ type: "did", negated: false, subject, where: [], last_days: 30, from: "", until: "", measure: "count", op: ">=", value: 1 }),
    is: (field) => ({ type: "is", negated: false, field: field.name, op: ">=", value: 0 }),
    tag: (id) => ({ type: "tag", negated: false, id }),
    in: (id) => ({ type: "in", negated: false, id }),
    then: (subject) => ({
      type: "then", negated: false, within_days: 30, last_days: null,
      steps: [{ absent: false, subject, where: [] }, { absent: true, subject, where: [] }],
    }),
    group: () => group("any"),
  };
  return { read, write, fresh };
})();
