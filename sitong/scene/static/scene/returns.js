"use strict";
// Units go up and down by buttons; what is chosen is told to the form, which asks for the sums. A receipt comes from the camera too.
(() => {
  const tell = (element, name = "units") => element.dispatchEvent(new Event(name, { bubbles: true }));
  const set = (field, units) => {
    const most = field.max === "" ? Infinity : Number(field.max);
    field.value = String(Math.max(0, Math.min(most, units)));
    tell(field);
  };
  document.addEventListener("click", (event) => {
    const by = event.target.closest("[data-by]");
    if (by) {
      event.preventDefault();
      const field = by.closest(".returns-stepper").querySelector("input");
      set(field, (Number(field.value) || 0) + Number(by.dataset.by));
    }
    const all = event.target.closest("[data-all]");
    if (all) set(all.closest("li").querySelector("input[name^=good_]"), Number(all.dataset.all));
    if (event.target.closest("[data-find]")) tell(event.target, "find");
    const add = event.target.closest("[data-add]");
    if (add) {
      const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "add", value: add.value });
      const words = add.form.elements.find;
      words.value = "";
      add.form.append(hidden);
      tell(words, "find");
      setTimeout(() => hidden.remove());
    }
    if (event.target.closest("[data-print]")) window.print();
  });
  // What is typed beside the goods changes no sums: it asks for none, so that no part of the page is exchanged under a finger.
  const BESIDE = ["given", "note", "reason", "late_reason", "find"];
  document.addEventListener("change", (event) => { if (BESIDE.includes(event.target.name)) event.stopPropagation(); }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.name === "find") { event.preventDefault(); tell(event.target, "find"); }
  });

  const form = document.getElementById("receipt-form");
  const camera = document.getElementById("camera");
  if (!form || !camera || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
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
        form.elements.receipt.value = found[0].rawValue;
        form.requestSubmit();
      }, 250);
    } catch {
      window.sitong.toast(camera.dataset.problem, "warning");
    }
  });
})();
