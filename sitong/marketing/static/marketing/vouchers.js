"use strict";
// Coupons on phones: a claim goes on by itself after signing in, a scan is sent with a nonce of its own, a link is shared.
(() => {
  const claim = document.querySelector("#claim-form[data-go-on]");
  if (claim) claim.requestSubmit();

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-share]");
    if (!button) return;
    const url = button.dataset.share;
    try {
      if (navigator.share) { await navigator.share({ url }); return; }
      await navigator.clipboard.writeText(url);
      window.sitong.toast(button.dataset.copied, "success");
    } catch {
      const field = document.getElementById("pass-link");
      if (field) field.select();
    }
  });

  const form = document.getElementById("code-form");
  if (!form) return;
  const field = document.getElementById("code");
  // UUIDv7: one for each code that is scanned. The same code sent again, because no answer came, keeps its nonce.
  const nonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let ms = Date.now();
    for (let at = 5; at >= 0; at--) { bytes[at] = ms % 256; ms = Math.floor(ms / 256); }
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
  };
  const KEPT = "st_redeem";
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(KEPT)) || {}; } catch { return {}; } };
  const plain = (text) => text.trim().toUpperCase().replace(/[\s-]/g, "");
  const answered = document.getElementById("redeem-result");
  if (answered) sessionStorage.removeItem(KEPT);
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    const code = plain(field.value), before = kept();
    const own = before.code === code ? before.nonce : nonce();
    try { sessionStorage.setItem(KEPT, JSON.stringify({ code, nonce: own })); } catch { /* no storage: the server's nonce stands */ }
    form.querySelector("[name=nonce]").value = own;
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });

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
