"use strict";
// The workshop's form: rows for more prizes appear one by one, and each row shows what belongs to what is chosen.
(() => {
  const form = document.getElementById("draw-form");
  if (!form) return;
  const rows = [...form.querySelectorAll("[data-row]")], more = document.getElementById("more-prizes");
  const show = () => {
    rows.forEach((row) => {
      const stock = row.querySelector("[data-stock]").value, goods = row.querySelector("[name$=-what]").value === "goods";
      row.querySelectorAll("[data-of-stock]").forEach((part) => { part.hidden = !part.dataset.ofStock.split(" ").includes(stock); });
      row.querySelector("[data-of-goods]").hidden = !goods;
      row.querySelector("[name$=-amount]").disabled = goods;
    });
    form.querySelector("[data-of-stores]").hidden = form.querySelector("[name=stores]:checked").value !== "chosen";
    more.hidden = rows.every((row) => !row.hidden);
  };
  more.addEventListener("click", () => {
    const next = rows.find((row) => row.hidden);
    if (next) { next.hidden = false; next.querySelector("[name$=-name]").focus(); }
    show();
  });
  form.addEventListener("change", show);
  show();
})();
