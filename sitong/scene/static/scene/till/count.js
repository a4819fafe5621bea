"use strict";
// Counting a drawer: each denomination's worth, the sum, and the difference from what should be there.
(() => {
  const box = document.querySelector("[data-count]");
  if (!box) return;
  const sum = box.querySelector("[data-sum]");
  const difference = document.querySelector("[data-difference]");
  const text = (minor) => (minor < 0 ? "-" : "") + (Math.abs(minor) / 100).toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const reckon = () => {
    let total = 0;
    box.querySelectorAll("input").forEach((field) => {
      field.value = field.value.replace(/\D/g, "");
      const worth = Number(field.dataset.minor) * Number(field.value || 0);
      total += worth;
      field.parentElement.querySelector("output").textContent = worth ? text(worth) : "";
    });
    sum.textContent = text(total);
    if (!difference) return;
    const off = total - Number(difference.dataset.expected);
    const shown = difference.querySelector("b");
    shown.textContent = (off > 0 ? "+" : "") + text(off);
    shown.className = off ? "till-bad" : "till-good";
  };
  box.addEventListener("input", reckon);
  reckon();
})();
