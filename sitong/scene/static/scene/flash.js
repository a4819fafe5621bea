// Counts down to the end of a flash sale. Without it the page says until when it lasts.
"use strict";
(() => {
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    document.querySelectorAll("time[data-ends]").forEach((one) => {
      const left = Math.floor((Date.parse(one.dataset.ends) - Date.now()) / 1000);
      if (left <= 0 || left > 24 * 3600) return;
      one.textContent = `${one.dataset.said} ${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    });
  };
  tick();
  setInterval(tick, 1000);
})();
