"use strict";
// Keys J, K and L press the verdict's buttons; the sliders of the bands show at once what they would mean.
(() => {
  document.querySelectorAll(".link-track i").forEach((bar) => bar.style.setProperty("--share", `${bar.dataset.share}%`));
  const verdicts = document.getElementById("verdicts");
  if (verdicts) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, select, textarea")) return;
      const button = verdicts.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
      if (button) button.click();
    });
    verdicts.addEventListener("submit", () => setTimeout(() => verdicts.querySelectorAll("button").forEach((one) => { one.disabled = true; }), 0));
  }
  const form = document.getElementById("bands");
  if (!form) return;
  const drawn = JSON.parse(document.getElementById("bands-drawn").textContent);
  const place = document.getElementById("bands-chart");
  const chart = echarts.init(place);
  // A slider's step is a tenth of a bit of odds, from 1 % to 99.99 %: between 99 and 99.99 % lies as much as between 1 and 50 %.
  const low = Math.log2(0.01 / 0.99), high = Math.log2(0.9999 / 0.0001);
  const percentAt = (step) => { const odds = 2 ** (low + (high - low) * step / 100); return Math.min(99.99, Math.max(1, Math.round(odds / (1 + odds) * 10000) / 100)); };
  const stepAt = (percent) => Math.round((Math.log2(percent / (100 - percent)) - low) / (high - low) * 100);
  const weightAt = (percent) => Math.log2(percent / (100 - percent));
  const fields = { join: form.querySelector("[name=join]"), ask: form.querySelector("[name=ask]") };
  const show = () => {
    const join = weightAt(+fields.join.value), ask = weightAt(+fields.ask.value);
    let joined = drawn.certain, asked = 0, alone = drawn.alone;
    drawn.weights.forEach((weight, place) => {
      const middle = weight + 0.5;
      if (middle >= join) joined += drawn.sure[place]; else if (middle >= ask) asked += drawn.sure[place]; else alone += drawn.sure[place];
      if (middle >= ask) asked += drawn.unsure[place]; else alone += drawn.unsure[place];
    });
    for (const [id, count] of Object.entries({ joined, asked, alone })) document.getElementById(id).textContent = count.toLocaleString();
    for (const name of ["join", "ask"]) document.getElementById(`${name}-shown`).textContent = `${fields[name].value} %`;
    const line = (weight) => ({ xAxis: String(Math.max(drawn.weights[0], Math.min(drawn.weights.at(-1), Math.round(weight)))) });
    chart.setOption({ series: [{ markLine: { symbol: "none", label: { show: false }, data: [line(join), line(ask)] } }] });
  };
  chart.setOption({
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0 }, tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: drawn.weights.map(String) }, yAxis: { type: "value", minInterval: 1 },
    series: [
      { name: place.dataset.sure, type: "bar", stack: "all", data: drawn.sure, itemStyle: { color: "#4299e1" } },
      { name: place.dataset.unsure, type: "bar", stack: "all", data: drawn.unsure, itemStyle: { color: "#f59f00" } },
    ],
  });
  window.addEventListener("resize", () => chart.resize());
  for (const name of ["join", "ask"]) {
    const slider = document.getElementById(name);
    slider.value = stepAt(+fields[name].value);
    slider.addEventListener("input", () => {
      fields[name].value = percentAt(+slider.value);
      if (+fields.ask.value > +fields.join.value) {
        const other = name === "join" ? "ask" : "join";
        fields[other].value = fields[name].value;
        document.getElementById(other).value = slider.value;
      }
      show();
    });
  }
  show();
})();
