"use strict";
// A draw on a phone: the play is asked for once, and then shown by the wheel, the card, the egg or the box. The server has
// decided before anything moves. Without this script the form is sent as it is, and the answer is a page.
(() => {
  const stage = document.getElementById("stage"), form = document.getElementById("play-form");
  const result = document.getElementById("result");
  if (!stage || !form || !window.fetch) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const wait = (ms) => new Promise((done) => setTimeout(done, still ? 0 : ms));
  const kind = stage.dataset.template, button = document.getElementById("play");

  const show = (played) => {
    result.dataset.won = played.won ? "yes" : "no";
    result.querySelector("[data-title]").textContent = played.title;
    result.querySelector("[data-text]").textContent = played.text;
    const link = result.querySelector("[data-link]");
    link.hidden = !played.link;
    if (played.link) { link.href = played.link; link.textContent = played.label; }
    result.hidden = false;
    form.hidden = true;
    result.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "center" });
    result.dataset.shown = "yes";
  };

  const ask = async () => {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(said.code), { said: said.message });
    return said;
  };

  const shown = {
    wheel: async (played) => {
      const count = Number(stage.dataset.sectors), turns = document.getElementById("wheel-turns");
      turns.style.transform = `rotate(${360 * (still ? 0 : 6) - played.sector * 360 / count}deg)`;
      await wait(4200);
    },
    egg: async (_played, chosen) => {
      chosen.classList.add("draw-shakes");
      await wait(1000);
      chosen.classList.add("draw-open");
      await wait(700);
    },
    box: async (_played, chosen) => {
      chosen.classList.add("draw-shakes");
      await wait(700);
      chosen.classList.add("draw-open");
      await wait(800);
    },
    scratch: (played) => new Promise((done) => {
      const foil = document.getElementById("foil"), now = document.getElementById("show-now");
      document.querySelector("[data-card-title]").textContent = played.title;
      const pen = foil.getContext("2d");
      pen.fillStyle = "#c6ccd3";
      pen.fillRect(0, 0, foil.width, foil.height);
      pen.globalCompositeOperation = "destination-out";
      const end = () => { foil.hidden = true; now.hidden = true; done(); };
      document.getElementById("foil-still").hidden = true;
      if (still) { end(); return; }
      foil.hidden = false;
      now.hidden = false;
      now.addEventListener("click", end, { once: true });
      const cleared = new Set();
      const scratch = (event) => {
        if (event.type === "pointermove" && !event.buttons) return;
        const box = foil.getBoundingClientRect();
        const x = (event.clientX - box.left) * foil.width / box.width, y = (event.clientY - box.top) * foil.height / box.height;
        pen.beginPath();
        pen.arc(x, y, 44, 0, 7);
        pen.fill();
        cleared.add(`${Math.round(x / 60)}:${Math.round(y / 60)}`);
        if (cleared.size > 22) end();
      };
      foil.addEventListener("pointerdown", scratch);
      foil.addEventListener("pointermove", scratch);
    }),
  };

  const play = async (chosen) => {
    if (stage.dataset.busy) return;
    stage.dataset.busy = "yes";
    if (button) button.disabled = true;
    try {
      const played = await ask();
      await shown[kind](played, chosen);
      show(played);
    } catch (wrong) {
      // A refusal has its sentence; no answer at all leaves the form as it is: sent again it is the same play.
      if (wrong.said) { show({ won: false, title: wrong.said, text: "", link: "" }); return; }
      window.sitong.toast(stage.dataset.offline, "warning");
      delete stage.dataset.busy;
      if (button) button.disabled = false;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    play(stage.querySelector("[data-choose]"));
  });
  stage.querySelectorAll("[data-choose]").forEach((one) => one.addEventListener("click", () => play(one)));
})();
