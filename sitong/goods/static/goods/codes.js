"use strict";
// Codes: a printing file's progress is asked for once it begins, and goods come and go by a scan of the camera.
(() => {
  // Each file that is fetched is one of its own: the form stays on the page, so its id is made anew.
  const nonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let ms = Date.now();
    for (let at = 5; at >= 0; at--) { bytes[at] = ms % 256; ms = Math.floor(ms / 256); }
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
  };
  const fetching = document.querySelector("form[data-code-file]");
  if (fetching) fetching.addEventListener("submit", () => {
    setTimeout(() => {
      fetching.querySelector("[name=id]").value = nonce();
      const part = document.getElementById("code-files");
      if (window.htmx && part) window.htmx.ajax("GET", fetching.action.replace(/file\/$/, "files/"), { target: part, swap: "outerHTML" });
    }, 900);
  });

  const form = document.getElementById("move-form");
  if (!form) return;
  const field = document.getElementById("texts");
  const camera = document.getElementById("camera");
  if (!camera || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  camera.hidden = false;
  const video = document.getElementById("video");
  document.getElementById("camera-start").addEventListener("click", async () => {
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code", "data_matrix"] });
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
