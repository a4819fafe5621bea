"use strict";
// New orders ring at once. The stream only says that there is news; the list is read from the server, also after a gap.
(() => {
  const list = document.getElementById("waiting");
  const live = document.getElementById("live");
  const button = document.getElementById("sound");
  const banner = document.getElementById("new-order");
  const chime = new Audio(list.dataset.sound);
  const title = document.title;
  let fresh = 0;

  const wantsSound = () => localStorage.getItem("st_sound") === "on";
  const showSound = () => {
    button.setAttribute("aria-pressed", String(wantsSound()));
    button.title = wantsSound() ? button.dataset.on : button.dataset.off;
  };
  button.addEventListener("click", () => {
    localStorage.setItem("st_sound", wantsSound() ? "off" : "on");
    showSound();
    if (wantsSound()) chime.play().catch(() => {}); // the tap itself allows this page to make sounds
    window.sitong.toast(button.title);
  });
  showSound();

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/store/worker.js").catch(() => {}); // the page works without

  const look = () => htmx.trigger(list, "news");
  const ring = (number) => {
    fresh += 1;
    document.title = "(" + fresh + ") " + title;
    banner.querySelector("span").textContent = banner.dataset.text + " " + number;
    banner.hidden = false;
    if (wantsSound()) chime.play().catch(() => { localStorage.setItem("st_sound", "off"); showSound(); });
    if (navigator.vibrate && navigator.userActivation && navigator.userActivation.hasBeenActive) navigator.vibrate([200, 100, 200]);
  };
  const seen = () => { fresh = 0; document.title = title; };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { seen(); look(); } });
  document.addEventListener("click", seen);

  const connected = (yes) => {
    live.classList.toggle("clerk-live-on", yes);
    live.title = yes ? live.dataset.live : live.dataset.lost;
  };
  let stream = null, lost = false, pause_ms = 1000;
  const listen = () => {
    stream = new EventSource(list.dataset.stream);
    stream.addEventListener("open", () => { connected(true); pause_ms = 1000; if (lost) look(); lost = false; });
    stream.addEventListener("news", (event) => {
      const news = JSON.parse(event.data);
      if (news.what === "paid") ring(news.number);
      look();
    });
    stream.addEventListener("again", look);
    stream.addEventListener("error", () => {
      connected(false);
      lost = true;
      // The browser tries again by itself, except after an answer that is no stream.
      if (stream.readyState === EventSource.CLOSED) { setTimeout(listen, pause_ms); pause_ms = Math.min(pause_ms * 2, 30000); }
    });
  };
  listen();
  window.addEventListener("online", () => { if (stream.readyState === EventSource.CLOSED) listen(); look(); });
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) { listen(); look(); } });
})();
