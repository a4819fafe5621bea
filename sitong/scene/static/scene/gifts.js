"use strict";
// Gifts on phones: the member's code changes by itself without network; the clerk's phone rings, and keeps what it scans without network.
(() => {
  const shown = document.getElementById("gift-code");
  if (shown) {
    const codes = JSON.parse(document.getElementById(shown.dataset.codes).textContent);
    const began = performance.now(); // not the phone's clock, which may be wrong or be set
    const image = document.getElementById("gift-image");
    const show = () => {
      const passed = (performance.now() - began) / 1000;
      const now = codes.filter((one) => one.from_s <= passed).pop();
      if (passed > codes[codes.length - 1].from_s + 240) { image.hidden = true; document.getElementById("gift-text").textContent = shown.dataset.over; return; }
      if (image.src !== now.image) image.src = now.image;
      shown.dataset.now = now.text;
    };
    show();
    setInterval(show, 5000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden && navigator.onLine) window.location.reload(); });
  }

  const list = () => document.getElementById("asks");
  if (list()) {
    const chime = new Audio(list().dataset.sound);
    let count = Number(list().dataset.count);
    if (count) chime.play().catch(() => {});
    document.addEventListener("htmx:afterSwap", () => {
      const now = Number(list().dataset.count);
      if (now > count) { chime.play().catch(() => {}); if (navigator.vibrate && navigator.userActivation && navigator.userActivation.hasBeenActive) navigator.vibrate([200, 100, 200]); }
      count = now;
    });
    const stream = new EventSource(list().dataset.stream);
    const look = () => window.htmx.trigger(list(), "news");
    stream.addEventListener("news", look);
    stream.addEventListener("again", look);
    window.addEventListener("pagehide", () => stream.close());
  }

  const form = document.getElementById("gift-form");
  if (!form) return;
  const field = document.getElementById("code");
  const KEPT = "st_gifts_kept";
  const kept = () => { try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch { return []; } };
  const keep = (rows) => localStorage.setItem(KEPT, JSON.stringify(rows));
  const nonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let ms = Date.now();
    for (let at = 5; at >= 0; at--) { bytes[at] = ms % 256; ms = Math.floor(ms / 256); }
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
  };
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    keep([...kept(), { nonce: nonce(), code: field.value, scanned_at: new Date().toISOString() }]);
    field.value = "";
    window.sitong.toast(form.dataset.kept, "warning");
  });
  const send = async () => {
    // One after the other; what was answered is forgotten, what was not is sent again with the same nonce.
    for (const one of kept()) {
      const body = new FormData(form);
      for (const key of Object.keys(one)) body.set(key, one[key]);
      body.set("kept", "1");
      const answer = await fetch(window.location.pathname, { method: "POST", body }).catch(() => null);
      if (!answer || answer.status >= 500) return;
      keep(kept().filter((other) => other.nonce !== one.nonce));
      const said = await answer.json().catch(() => ({}));
      window.sitong.toast(said.why || form.dataset.merged, said.outcome === "done" ? "success" : "warning");
    }
  };
  window.addEventListener("online", send);
  send();

  const camera = document.getElementById("camera");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  camera.hidden = false;
  const video = document.getElementById("video");
  document.getElementById("camera-start").addEventListener("click", async () => {
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code", "code_128"] });
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.hidden = false;
      await video.play();
      const timer = setInterval(async () => {
        const found = await detector.detect(video).catch(() => []);
        if (!found.length) return;
        clearInterval(timer);
        video.srcObject.getTracks().forEach((track) => track.stop());
        field.value = found[0].rawValue;
        form.requestSubmit();
      }, 250);
    } catch {
      window.sitong.toast(camera.dataset.problem, "warning");
    }
  });
})();
