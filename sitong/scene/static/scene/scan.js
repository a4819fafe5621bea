"use strict";
// A code comes from the camera, from a scanner that types, or by hand; eight digits are looked up at once.
(() => {
  const form = document.getElementById("code-form");
  const field = document.getElementById("code");
  const DIGITS = 8;
  const lookUp = (text) => {
    field.value = text.replace(/\D/g, "");
    if (field.value && !form.dataset.sent) { form.dataset.sent = "yes"; form.requestSubmit(); }
  };
  field.addEventListener("input", () => { if (field.value.replace(/\D/g, "").length === DIGITS) lookUp(field.value); });
  window.addEventListener("pageshow", () => { delete form.dataset.sent; field.focus(); });

  const camera = document.getElementById("camera");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  camera.hidden = false;
  const video = document.getElementById("video");
  document.getElementById("camera-start").addEventListener("click", async () => {
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.hidden = false;
      await video.play();
      const timer = setInterval(async () => {
        const found = await detector.detect(video).catch(() => []);
        if (!found.length) return;
        clearInterval(timer);
        video.srcObject.getTracks().forEach((track) => track.stop());
        lookUp(found[0].rawValue);
      }, 250);
    } catch {
      window.sitong.toast(camera.dataset.problem, "warning");
    }
  });
})();
