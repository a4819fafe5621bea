"use strict";
// Draws the boards' charts from the JSON in the page, and again when htmx has brought newer numbers.
(() => {
  const color = getComputedStyle(document.documentElement).getPropertyValue("--brand").trim() || "#0b7a5f";
  const said = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  const option = (drawn) => {
    const names = { type: "category", data: drawn.x || drawn.y, inverse: Boolean(drawn.y), axisLabel: { width: 110, overflow: "truncate" } };
    const values = { type: "value", axisLabel: { formatter: said } };
    return {
      color: [color, "#8aa4c8", "#d08a3c", "#9b7ebd"],
      animation: false,
      grid: { left: 8, right: 24, top: drawn.series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
      legend: drawn.series.length > 1 ? { top: 0 } : undefined,
      tooltip: { trigger: "axis", confine: true, renderMode: "richText", valueFormatter: said },
      xAxis: drawn.y ? values : names,
      yAxis: drawn.y ? names : values,
      series: drawn.series.map((one) => ({
        name: one.name, data: one.data, type: drawn.y || drawn.bars ? "bar" : "line", barMaxWidth: 28, showSymbol: false,
        label: drawn.y ? { show: true, position: "insideLeft", formatter: (at) => said(at.value) } : undefined,
      })),
    };
  };
  const charts = [];
  const draw = () => {
    const told = document.getElementById("boards-drawn");
    if (!told || !window.echarts) return;
    charts.splice(0).forEach((chart) => chart.dispose());
    Object.entries(JSON.parse(told.textContent)).forEach(([id, drawn]) => {
      const place = document.getElementById(id);
      if (!place) return;
      const chart = window.echarts.init(place, null, { renderer: "canvas" });
      chart.setOption(option(drawn));
      charts.push(chart);
    });
  };
  draw();
  window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  document.addEventListener("htmx:afterSettle", draw);
})();
