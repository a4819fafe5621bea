"use strict";
// Check-in: the phone says once where it is, and the form goes with it. Nothing is kept here either.
(() => {
  const form = document.getElementById("check-in-form");
  const button = document.getElementById("by-position");
  if (!form || !button) return;
  const label = button.querySelector("span");
  const problem = document.getElementById("position-problem");
  const before = label.textContent;

  const say = (text) => {
    problem.textContent = text;
    problem.hidden = false;
    label.textContent = before;
    button.disabled = false;
    const byCode = document.querySelector(".checkin-code");
    if (byCode) byCode.open = true;
  };
  button.addEventListener("click", () => {
    problem.hidden = true;
    if (!navigator.geolocation) { say(form.dataset.unknown); return; }
    button.disabled = true;
    label.textContent = form.dataset.looking;
    navigator.geolocation.getCurrentPosition(
      (found) => {
        form.elements.latitude.value = found.coords.latitude;
        form.elements.longitude.value = found.coords.longitude;
        form.elements.accuracy.value = found.coords.accuracy;
        form.requestSubmit();
      },
      (failed) => say(failed.code === failed.PERMISSION_DENIED ? form.dataset.denied : form.dataset.unknown),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 },
    );
  });
})();
