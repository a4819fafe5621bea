"use strict";
// The workshop's form shows the parts that belong to what is chosen; found goods are picked with a tap; results are drawn.
(() => {
  const form = document.getElementById("coupon-form");
  if (form) {
    const show = () => form.querySelectorAll("[data-when]").forEach((part) => {
      const [name, values] = part.dataset.when.split("=");
      part.hidden = ![...form.querySelectorAll(`[name="${name}"]:checked`)].some((one) => values.split("|").includes(one.value));
    });
    form.addEventListener("change", (event) => {
      // What is exchanged for goods is handed out at the counter, unless somebody says otherwise.
      if (event.target.name === "kind") form.querySelector("[name=at_counter]").checked = event.target.value === "exchange";
      show();
    });
    show();
    // The search field stands inside of the form: Enter searches, and does not save the coupon.
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

  const drawn = document.getElementById("coupon-drawn");
  const place = document.getElementById("coupon-chart");
  if (drawn && place && window.echarts) {
    const days = JSON.parse(drawn.textContent);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    const long = days.days.length > 40;
    chart.setOption({
      color: ["#8aa4c8", getComputedStyle(document.documentElement).getPropertyValue("--brand").trim() || "#0b7a5f"],
      animation: false, grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true }, legend: { top: 0 },
      tooltip: { trigger: "axis", confine: true, renderMode: "richText" },
      xAxis: { type: "category", data: days.days }, yAxis: { type: "value", minInterval: 1 },
      series: [
        { name: place.dataset.claimed, type: long ? "line" : "bar", barMaxWidth: 40, showSymbol: false, data: days.claimed },
        { name: place.dataset.redeemed, type: long ? "line" : "bar", barMaxWidth: 40, showSymbol: false, data: days.redeemed },
      ],
    });
    window.addEventListener("resize", () => chart.resize());
  }
})();
