"use strict";
// Receipts go to a serial printer that was allowed once (Web Serial), else to the browser's own print.
window.tillPrinter = (() => {
  const port = async () => {
    if (!("serial" in navigator)) return null;
    const known = await navigator.serial.getPorts().catch(() => []);
    return known[0] || null;
  };
  const bytesOf = async (address) => {
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok) throw new Error(String(response.status));
    return new Uint8Array(await response.arrayBuffer());
  };
  const write = async (to, bytes) => {
    if (!to.writable) await to.open({ baudRate: 9600 });
    const writer = to.writable.getWriter();
    try { await writer.write(bytes); } finally { writer.releaseLock(); }
  };
  // Gives whether a printer took it.
  const send = async (address) => {
    try {
      const to = await port();
      if (!to) return false;
      await write(to, await bytesOf(address));
      return true;
    } catch {
      return false;
    }
  };
  const printed = (address) => address && fetch(address, {
    method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": window.sitong.cookie("csrftoken") },
  }).catch(() => {});
  // The browser asks once which printer it may use; from then on receipts go there by themselves.
  document.querySelectorAll("[data-connect-printer]").forEach((button) => {
    button.hidden = !("serial" in navigator);
    button.addEventListener("click", () => navigator.serial.requestPort().then(() => window.sitong.toast(button.dataset.done, "success")).catch(() => {}));
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-print]");
    if (!button) return;
    event.preventDefault();
    if (!(await send(button.dataset.print))) window.print();
    printed(button.dataset.printed);
  });
  return { send, printed };
})();
