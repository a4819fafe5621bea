"use strict";
// Draws how many reached a journey's goal by days after entering, with the journey and without; and the bars of its steps.
(() => {
  document.querySelectorAll("[data-share]").forEach((bar) => { bar.style.width = `${bar.dataset.share}%`; });
  const place = document.getElementById("journey-chart");
  const drawn = document.getElementById("journey-drawn");
  if (!place || !drawn || !window.echarts) return;
  const told = JSON.parse(drawn.textContent);
  const color = getComputedStyle(document.documentElement).getPropertyValue("--brand").trim() || "#0b7a5f";
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  chart.setOption({
    color: [color, "#98a2b3"],
    animation: false,
    grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0 },
    tooltip: { trigger: "axis", confine: true, renderMode: "richText" },
    xAxis: { type: "category", boundaryGap: false, data: told.days },
    yAxis: { type: "value", axisLabel: { formatter: "{value} %" } },
    series: ["treated", "control"].map((name) => ({ name: place.dataset[name], type: "line", step: "end", showSymbol: false, data: told[name] })),
  });
  window.addEventListener("resize", () => chart.resize());
})();
