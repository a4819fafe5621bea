"use strict";
// Draws the figures' charts from the JSON in the page, and again when htmx has brought newer figures.
(() => {
  const read = () => JSON.parse(document.getElementById("figures-drawn").textContent);
  if (!document.getElementById("figures-drawn") || !window.echarts) return;
  const charts = {};
  const color = getComputedStyle(document.documentElement).getPropertyValue("--brand").trim() || "#0b7a5f";
  const money = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 0 });
  const tooltip = { trigger: "axis", confine: true, renderMode: "richText" };

  const options = {
    days: (drawn, said) => ({
      color: [color, "#8aa4c8"],
      animation: false,
      grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
      legend: { top: 0 },
      tooltip,
      xAxis: { type: "category", data: drawn.days },
      yAxis: [{ type: "value", axisLabel: { formatter: money } }, { type: "value", splitLine: { show: false } }],
      series: [
        { name: said.revenue, type: drawn.days.length > 40 ? "line" : "bar", showSymbol: false, areaStyle: { opacity: 0.08 }, data: drawn.revenue },
        { name: said.orders, type: "line", yAxisIndex: 1, showSymbol: false, data: drawn.orders },
      ],
    }),
    departments: (drawn, said) => ranked(drawn.departments, said),
    stores: (drawn, said) => ranked(drawn.stores, said),
  };
  const ranked = (rows, said) => ({
    color: [color],
    animation: false,
    grid: { left: 8, right: 24, top: 8, bottom: 4, containLabel: true },
    tooltip: { ...tooltip, axisPointer: { type: "shadow" } },
    xAxis: { type: "value", axisLabel: { formatter: money } },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), axisLabel: { width: 120, overflow: "truncate" } },
    series: [{ name: said.revenue, type: "bar", barMaxWidth: 18, data: rows.map((row) => row.value) }],
  });

  const draw = () => {
    const drawn = read();
    document.querySelectorAll("[data-chart]").forEach((place) => {
      const name = place.dataset.chart;
      charts[name] ||= window.echarts.init(place, null, { renderer: "canvas" });
      charts[name].setOption(options[name](drawn, place.dataset), true);
    });
  };
  draw();
  window.addEventListener("resize", () => Object.values(charts).forEach((chart) => chart.resize()));
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "figures") draw(); });
})();
