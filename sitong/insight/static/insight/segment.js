"use strict";
// Draws how many belonged to a segment day by day, and what it shares with others.
(() => {
  const place = document.getElementById("segment-drawn");
  if (!place || !window.echarts) return;
  const drawn = JSON.parse(place.textContent), said = drawn.said;
  const color = getComputedStyle(document.documentElement).getPropertyValue("--brand").trim() || "#0b7a5f";
  const grid = { left: 8, right: 12, top: 36, bottom: 4, containLabel: true };
  const tooltip = { trigger: "axis", confine: true, renderMode: "richText" };
  const options = {
    trend: () => ({
      color: [color, "#5aa9e6", "#c98b8b"], animation: false, grid, tooltip, legend: { top: 0 },
      xAxis: { type: "category", data: drawn.trend.map((row) => row[0]) },
      yAxis: [{ type: "value", scale: true }, { type: "value", splitLine: { show: false } }],
      series: [
        { name: said.members, type: "line", showSymbol: drawn.trend.length < 3, data: drawn.trend.map((row) => row[1]) },
        { name: said.entered, type: "bar", stack: "moves", yAxisIndex: 1, data: drawn.trend.map((row) => row[2]) },
        { name: said.left, type: "bar", stack: "moves", yAxisIndex: 1, data: drawn.trend.map((row) => row[3]) },
      ],
    }),
    // Each bar is one combination: members of just these segments and no other of the compared ones.
    overlap: () => ({
      color: [color], animation: false, grid: { ...grid, top: 8 }, tooltip: { ...tooltip, axisPointer: { type: "shadow" } },
      xAxis: { type: "value" },
      yAxis: { type: "category", inverse: true, data: drawn.overlap.map((row) => row[0].join(" + ")), axisLabel: { width: 190, overflow: "break" } },
      series: [{ name: said.members, type: "bar", barMaxWidth: 18, label: { show: true, position: "right" }, data: drawn.overlap.map((row) => row[1]) }],
    }),
  };
  document.querySelectorAll("[data-chart]").forEach((each) => {
    const chart = window.echarts.init(each);
    chart.setOption(options[each.dataset.chart]());
    window.addEventListener("resize", () => chart.resize());
  });
})();
