// The pad types into the PIN; six digits with somebody chosen send the form by themselves.
(() => {
  const form = document.getElementById("clerks");
  const pin = form.elements.pin;
  const go = () => { if (pin.value.length === 6 && form.elements.clerk && form.checkValidity()) form.requestSubmit(); };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-digit], button[data-clear]");
    if (!button) return;
    pin.value = button.dataset.digit ? (pin.value + button.dataset.digit).slice(0, 6) : "";
    go();
  });
  pin.addEventListener("input", go);
  form.addEventListener("change", (event) => { if (event.target.name === "clerk") { pin.focus(); go(); } });
})();
