"use strict";
// A file of customers is sent in pieces, so that a large one gets through and a broken connection costs one piece only.
(() => {
  const form = document.getElementById("import-form");
  if (!form || !window.fetch) return;
  const kind = form.elements.kind;
  const marketplace = document.getElementById("marketplace-part");
  const show = () => { marketplace.hidden = kind.value !== "marketplace"; };
  kind.addEventListener("change", show);
  show();

  const sending = document.getElementById("import-sending");
  const bar = sending.querySelector(".progress-bar");
  const said = sending.querySelector(".form-hint");
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const ask = async (method, address, body, type) => {
    for (let again = 0; ; again++) {
      let answer;
      try {
        answer = await fetch(address, { method, body, headers: { "Content-Type": type, "X-CSRFToken": sitong.cookie("csrftoken"), "Accept-Language": document.documentElement.lang } });
      } catch (broken) {
        if (again === 5) throw broken;
        await wait(1000 * 2 ** again);
        continue;
      }
      if (answer.ok) return answer.json();
      if (answer.status < 500 || again === 5) throw new Error((await answer.json().catch(() => ({}))).message || String(answer.status));
      await wait(1000 * 2 ** again);
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = form.elements.file.files[0];
    const button = form.querySelector("button[type=submit]");
    const value = (name) => form.elements[name].value;
    button.disabled = true;
    sending.hidden = false;
    said.textContent = said.dataset.text;
    try {
      const pieces = Number(form.dataset.pieces);
      const address = "/api/v1/member-imports";
      const begun = await ask("POST", address, JSON.stringify({
        id: value("id"), name: file.name.slice(0, 200), kind: value("kind"), size_bytes: file.size, purpose: value("purpose"), origin: value("origin"),
        marketplace: value("kind") === "marketplace" ? value("marketplace") : "", source: value("source"), store_id: value("store") || null,
      }), "application/json");
      for (let number = 0; number * pieces < file.size; number++) {
        await ask("PUT", `${address}/${begun.id}/pieces/${number}`, file.slice(number * pieces, (number + 1) * pieces), "application/octet-stream");
        const done = Math.min(100, Math.round(100 * (number + 1) * pieces / file.size));
        bar.style.width = `${done}%`;
        bar.setAttribute("aria-valuenow", String(done));
      }
      await ask("POST", `${address}/${begun.id}/uploaded`, "{}", "application/json");
      location.assign(`${form.dataset.home}${begun.id}/`);
    } catch (wrong) {
      sitong.toast(wrong.message, "error");
      button.disabled = false;
      sending.hidden = true;
    }
  });
})();
