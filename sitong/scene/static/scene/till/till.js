"use strict";
// The till's page: all parts in one component, its keys, and what comes from a scale.
document.addEventListener("alpine:init", () => {
  Alpine.data("till", () => {
    const whole = {
      init() {
        const coarse = window.matchMedia("(pointer: coarse)").matches;
        if (coarse) till.part("scan").inputMode = "none"; // a scanner types all the same; the button shows the keyboard
        this.restore();
        Alpine.nextTick(() => this.focus());
        document.addEventListener("keydown", (event) => this.key(event));
        document.addEventListener("click", (event) => {
          if (event.target.closest("[data-do=parked]")) this.openParked().catch((problem) => this.tell(problem.message, true));
          else if (!event.target.closest("input, dialog, a, button, .till-sheet")) this.focus();
        });
        window.addEventListener("online", () => { if (this.stale) this.requote(); });
        // A scale's adapter says what lies on it: new CustomEvent("till:weight", { detail: { grams: 350 } }); see docs/till.md.
        window.addEventListener("till:weight", (event) => { if (this.weighing && event.detail.grams > 0) this.askValue = String(Math.round(event.detail.grams)); });
      },
      key(event) {
        const open = document.querySelector("dialog[open]");
        const does = { F2: () => this.askMember(), F4: () => this.openCoupons(), F6: () => this.openPoints(), F8: () => this.park(), F9: () => this.openParked() }[event.key];
        if (open) return;
        if (this.paying) { this.payKey(event); return; }
        if (does) { event.preventDefault(); does(); return; }
        if (event.key === "z" && (event.ctrlKey || event.metaKey) && this.removed) { event.preventDefault(); this.undo(); return; }
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if ((event.key === "*" || event.key === "×") && /^\d{1,5}$/.test(this.typed)) { event.preventDefault(); this.times = Number(this.typed); this.typed = ""; return; }
        if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); this.step(event.key === "ArrowDown" ? 1 : -1); return; }
        if (event.key === "Delete" && !this.typed && this.lines[this.chosen]) { event.preventDefault(); this.remove(this.lines[this.chosen]); return; }
        if (event.key === "Escape") { this.found = []; this.typed = ""; this.times = 0; this.note = ""; return; }
        if (this.sold && (event.key === "p" || event.key === "P") && !this.typed) { event.preventDefault(); this.print(); return; }
        const field = event.target.closest("input, textarea, select");
        if (!field && event.key === "Enter" && !event.target.closest("button, a")) { event.preventDefault(); this.enter(); return; }
        if (!field && event.key.length === 1) till.part("scan").focus();
      },
      payKey(event) {
        if (event.key === "Escape") { event.preventDefault(); if (this.waiting && this.mayGiveUp) this.giveUp(); else this.closePay(); return; }
        if (this.waiting) return;
        if ((event.key === "w" || event.key === "W") && this.walletMost) { event.preventDefault(); this.useWallet(); return; }
        if (event.target !== till.part("entry") && event.key.length === 1) this.focusEntry();
      },
      step(by) {
        if (this.found.length) { this.pick = (this.pick + by + this.found.length) % this.found.length; return; }
        this.chosen = Math.max(0, Math.min(this.lines.length - 1, this.chosen + by));
      },
    };
    const component = {};
    for (const part of [...till.parts, whole]) Object.defineProperties(component, Object.getOwnPropertyDescriptors(part));
    return component;
  });
});
