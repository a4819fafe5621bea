"use strict";
// The workshop's form shows the parts that belong to what is chosen; found goods are picked with a tap; lists are filtered.
(() => {
  const form = document.getElementById("promotion-form");
  if (form) {
    const show = () => form.querySelectorAll("[data-when]").forEach((part) => {
      const [name, values] = part.dataset.when.split("=");
      part.hidden = ![...form.querySelectorAll(`[name="${name}"]:checked`)].some((one) => values.split("|").includes(one.value));
    });
    form.addEventListener("change", show);
    show();
    form.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.type === "search") event.preventDefault(); });
    document.addEventListener("click", (event) => {
      const found = event.target.closest("[data-pick]");
      if (!found) return;
      const chosen = document.getElementById("chosen-goods");
      let box = chosen.querySelector(`input[value="${found.dataset.pick}"]`);
      if (!box) {
        const chip = document.createElement("label");
        chip.className = "coupon-chip";
        box = document.createElement("input");
        box.type = "checkbox";
        box.name = "product_ids";
        box.value = found.dataset.pick;
        chip.append(box, " " + found.dataset.name);
        chosen.append(chip);
      }
      box.checked = true;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  document.addEventListener("input", (event) => {
    const list = event.target.dataset.filter && document.querySelector(event.target.dataset.filter);
    if (!list) return;
    const words = event.target.value.trim().toLowerCase();
    list.querySelectorAll("label").forEach((one) => { one.hidden = !one.textContent.toLowerCase().includes(words); });
  });
  document.addEventListener("change", (event) => {
    const all = event.target.dataset.tickAll && document.querySelector(event.target.dataset.tickAll);
    if (all) all.querySelectorAll("label:not([hidden]) input[type=checkbox]").forEach((one) => { one.checked = event.target.checked; });
  });
})();
