"use strict";
// The growth of the member pool: one bar a day, one part of it a source.
(() => {
  const place = document.getElementById("growth");
  if (!place) return;
  const drawn = JSON.parse(document.getElementById("growth-drawn").textContent);
  const chart = echarts.init(place);
  chart.setOption({
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, type: "scroll" },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: drawn.days },
    yAxis: { type: "value", minInterval: 1 },
    series: drawn.series.map((one) => ({ name: one.name, type: "bar", stack: "all", data: one.values, barMaxWidth: 28 })),
  });
  window.addEventListener("resize", () => chart.resize());
})();
