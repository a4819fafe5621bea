"use strict";
// The page that stands in without a network: it looks again every three seconds, and at once when the device says so.
(() => {
  const look = () => fetch("/healthz", { cache: "no-store" }).then((answer) => { if (answer.ok) location.reload(); }).catch(() => {});
  setInterval(look, 3000);
  window.addEventListener("online", look);
})();
