"use strict";
// Group deals: what is left of a time counts down, a group's page follows the group, a link is shared.
(() => {
  const inDays = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit: "day", unitDisplay: "long" });
  const left = (until) => {
    let seconds = Math.max(0, Math.floor((new Date(until) - Date.now()) / 1000));
    const days = Math.floor(seconds / 86400); seconds -= days * 86400;
    const two = (number) => String(number).padStart(2, "0");
    const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return days ? `${inDays.format(days)} ${clock}` : clock;
  };
  const tick = () => document.querySelectorAll("[data-until]").forEach((one) => { one.textContent = left(one.dataset.until); });
  tick();
  setInterval(tick, 1000);

  const group = document.querySelector("#group[data-watch]");
  const standing = (page) => [page.getElementById("group"), page.getElementById("own")].map((one) => one && `${one.dataset.state} ${one.dataset.taken || ""}`).join();
  if (group) setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      const there = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (there.getElementById("group") && standing(there) !== standing(document)) location.reload();
    } catch { /* no network: the next look says it */ }
  }, 2500);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-share]");
    if (!button) return;
    const url = button.dataset.share;
    try {
      if (navigator.share) { await navigator.share({ url }); return; }
      await navigator.clipboard.writeText(url);
      window.sitong.toast(button.dataset.copied, "success");
    } catch {
      document.getElementById("pass-link")?.select();
    }
  });
})();
