"use strict";
// The basket: its lines, what they cost, and its safe-keeping. Kept in localStorage until the sale is confirmed.
till.parts.push((() => {
  const { facts, say, ask, newId, money } = till;
  const KEY = "st_till_" + facts.register_id;
  const MOST = { pieces: 999, grams: 200000 };
  let asked = 0;
  let timer = null;

  return {
    id: "", lines: [], member: null, chosenCoupons: null, points: 0, quote: null, quoting: false, stale: false, chosen: -1, removed: null,
    coupons: [], note: "", grave: false, sending: null,

    restore() {
      let kept = null;
      try { kept = JSON.parse(localStorage.getItem(KEY) || "null"); } catch { kept = null; }
      if (!kept || !Array.isArray(kept.lines)) { this.id = newId(); return; }
      this.id = kept.id || newId();
      this.lines = kept.lines;
      this.member = kept.member || null;
      this.chosenCoupons = kept.chosenCoupons === undefined ? null : kept.chosenCoupons;
      this.points = kept.points || 0;
      this.sending = kept.sending || null;
      if (this.sending) this.sendAgain();
      else if (this.lines.length) this.requote();
    },
    keep() {
      const { id, lines, member, chosenCoupons, points, sending } = this;
      localStorage.setItem(KEY, JSON.stringify({ id, lines, member, chosenCoupons, points, sending }));
    },
    empty() {
      this.id = newId();
      this.lines = [];
      this.member = null;
      this.chosenCoupons = null;
      this.points = 0;
      this.quote = null;
      this.coupons = [];
      this.chosen = -1;
      this.removed = null;
      this.sending = null;
      this.keep();
    },
    changed() {
      if (this.id === "") this.id = newId();
      this.stale = true;
      asked += 1; // an answer that is on its way was for another basket
      this.keep();
      clearTimeout(timer);
      timer = setTimeout(() => this.requote(), 40);
    },
    // What all of it costs now; an older answer never overwrites a newer one.
    async requote() {
      clearTimeout(timer);
      const number = ++asked;
      if (!this.lines.length) { this.quote = null; this.stale = false; this.coupons = []; return; }
      this.quoting = true;
      const wanted = {
        store_id: facts.store_id, lines: this.lines.map(({ sku_id, quantity }) => ({ sku_id, quantity })),
        member_id: this.member ? this.member.id : null, coupons: this.chosenCoupons, points: this.points === "most" ? null : this.points,
      };
      try {
        const quote = await ask("POST", "/till/quotes", wanted);
        if (number !== asked) return;
        this.take(quote);
        if (this.note === facts.say.no_network) this.note = "";
      } catch (problem) {
        if (number !== asked) return;
        this.tell(problem.message, true);
        if (problem instanceof till.NoNetwork) setTimeout(() => { if (number === asked) this.requote(); }, 2500);
      } finally {
        this.quoting = false;
      }
    },
    take(quote) {
      const priced = Object.fromEntries(quote.lines.map((line) => [line.sku_id, line]));
      const refused = Object.fromEntries(quote.refused.map((line) => [line.sku_id, line.message]));
      for (const line of this.lines) {
        const costs = priced[line.sku_id];
        line.problem = refused[line.sku_id] || "";
        line.savings = costs ? costs.reasons.filter((one) => one.facts.saved_minor > 0).map((one) => one.sentence) : [];
        line.total_minor = costs ? costs.total_minor : null;
        line.goods_minor = costs ? costs.goods_minor : null;
        line.discount_minor = costs ? costs.discount_minor : 0;
        if (costs) { line.price_minor = costs.unit_minor; line.free = costs.free; }
      }
      const known = Object.fromEntries(quote.coupons.map((one) => [one.claim_id, one]));
      const others = this.chosenCoupons === null ? [] : this.coupons.filter((one) => !known[one.claim_id])
        .map((one) => ({ ...one, used: false, sentence: "", saved_minor: 0 }));
      this.coupons = [...quote.coupons, ...others];
      this.quote = quote;
      this.stale = false;
      this.keep();
    },

    add(goods, quantity) {
      const there = this.lines.findIndex((line) => line.sku_id === goods.sku_id);
      const most = goods.weighed ? MOST.grams : MOST.pieces;
      this.removed = null;
      if (there >= 0) {
        this.lines[there].quantity = Math.min(most, this.lines[there].quantity + quantity);
        this.chosen = there;
      } else {
        this.lines.push({
          sku_id: goods.sku_id, name: goods.name, weighed: goods.weighed, quantity: Math.min(most, quantity), price_minor: goods.price_minor,
          free: goods.free, total_minor: null, goods_minor: null, discount_minor: 0, savings: [], problem: "",
        });
        this.chosen = this.lines.length - 1;
      }
      this.changed();
      Alpine.nextTick(() => { const row = document.querySelectorAll(".till-line")[this.chosen]; if (row) row.scrollIntoView({ block: "nearest" }); });
    },
    set(line, quantity) {
      if (quantity < 1) { this.remove(line); return; }
      line.quantity = Math.min(quantity, line.weighed ? MOST.grams : MOST.pieces);
      this.changed();
    },
    more(line) { this.set(line, line.quantity + (line.weighed ? 50 : 1)); },
    less(line) { this.set(line, line.quantity - (line.weighed ? 50 : 1)); },
    remove(line) {
      const at = this.lines.indexOf(line);
      if (at < 0) return;
      this.removed = { line: { ...line }, at };
      this.lines.splice(at, 1);
      this.chosen = Math.min(this.chosen, this.lines.length - 1);
      this.changed();
    },
    undo() {
      if (!this.removed) return;
      this.lines.splice(this.removed.at, 0, this.removed.line);
      this.chosen = this.removed.at;
      this.removed = null;
      this.changed();
    },
    clear() {
      this.empty();
      this.focus();
    },
    tell(text, grave) { this.note = text; this.grave = Boolean(grave); },

    money,
    get noteClass() { return this.grave ? "till-note-grave" : ""; },
    get removedText() { return this.removed ? say("removed", { name: this.removed.line.name }) : ""; },
    get problems() { return this.lines.some((line) => line.problem); },
    get payable() { return this.lines.length > 0 && this.quote !== null && !this.stale && !this.problems; },
    get dueMinor() { return this.quote && this.lines.length ? this.quote.total_minor : 0; },
    get dueText() { return this.stale && this.lines.length ? "…" : money(this.dueMinor); },
    get goodsText() { return this.quote ? money(this.quote.goods_minor) : ""; },
    get savedMinor() { return this.quote && this.lines.length ? this.quote.discount_minor : 0; },
    get savedText() { return money(-this.savedMinor); },
    get pieces() { return this.lines.reduce((sum, line) => sum + (line.weighed ? 1 : line.quantity), 0); },
    get piecesText() { return say("basket", { n: this.pieces }); },
    lineClass(line, at) { return (at === this.chosen ? "till-line-on" : "") + (line.problem ? " till-line-bad" : ""); },
    unitOf(line) { return line.price_minor === null ? "" : money(line.price_minor) + (line.weighed ? "/kg" : ""); },
    quantityOf(line) { return line.weighed ? (line.quantity / 1000).toFixed(3) + " kg" : String(line.quantity); },
    totalOf(line) { return line.total_minor === null ? "…" : money(line.total_minor); },
    priceOf(one) { return one.price_minor === null ? "–" : money(one.price_minor) + (one.weighed ? "/kg" : ""); },
    freeOf(one) { return one.weighed ? (one.free / 1000).toFixed(1) + " kg" : String(one.free); },
  };
})());
