"use strict";
// Taking the payment: cash with change, the customer's WeChat code, the wallet, and mixtures of them. One id for one sale:
// when the answer is lost on the way, the same sale is sent again and gives the same answer.
till.parts.push((() => {
  const { facts, say, ask, newId, money, minorOf } = till;
  const pause = (ms) => new Promise((go) => { setTimeout(go, ms); });
  const NOTES = [500, 1000, 2000, 5000, 10000];

  return {
    paying: false, entry: "", cashPart: 0, walletPart: 0, waiting: false, waitText: "", waitedSince: 0, waitTime: "", mayGiveUp: false, givingUp: false, nextCode: "", sold: null,
    pad: ["7", "8", "9", "4", "5", "6", "1", "2", "3", "0", ".", "⌫"],

    get restMinor() { return this.dueMinor - this.cashPart - this.walletPart; },
    get restText() { return money(this.restMinor); },
    get partsTaken() { return this.cashPart + this.walletPart > 0; },
    get partsText() { return say("of_total", { amount: this.dueText }); },
    get changeNow() { const given = minorOf(this.entry); return given !== null && given > this.restMinor ? money(given - this.restMinor) : ""; },
    get quick() { const rest = this.restMinor; return rest > 0 ? [...new Set([rest, ...NOTES.map((note) => Math.ceil(rest / note) * note)])].sort((a, b) => a - b).slice(0, 5) : []; },
    get cashHint() { const given = minorOf(this.entry); return given === null ? say("cash_exact", { amount: this.restText }) : money(given); },
    get walletMost() { return Math.min(this.walletMinor, Math.max(0, this.dueMinor - this.cashPart)); },
    get walletHint() { return this.member ? say("wallet_little", { amount: money(this.walletMinor) }) : facts.say.wallet_none; },

    // The basket's price as it stands: waits for a quote that is on its way.
    async settled() { for (let tries = 0; tries < 100 && (this.stale || this.quoting); tries += 1) await pause(50); },
    async openPay() {
      if (this.paying) return;
      if (!this.lines.length) { this.tell(facts.say.empty); return; }
      await this.settled();
      if (!this.payable) return;
      this.note = "";
      this.entry = "";
      this.cashPart = 0;
      this.walletPart = 0;
      this.paying = true;
      Alpine.nextTick(() => this.focusEntry());
    },
    closePay() { if (this.waiting) return; this.paying = false; Alpine.nextTick(() => this.focus()); },
    focusEntry() { till.part("entry").focus({ preventScroll: true }); },
    press(sign) {
      this.entry = sign === "⌫" ? this.entry.slice(0, -1) : this.entry + sign;
      this.focusEntry();
    },
    payEntered() {
      const text = this.entry.trim();
      if (/^\d{16,32}$/.test(text)) { this.payCode(text); return; }
      if (!text) { if (this.restMinor) this.payCash(this.restMinor); else this.finishParts(); return; }
      const given = minorOf(text);
      if (given === null || given < 1) { this.tell(facts.say.failed, true); return; }
      this.payCash(given);
    },
    payCash(given) {
      const rest = this.restMinor;
      this.entry = "";
      if (given < rest) { this.cashPart += given; this.focusEntry(); return; }
      this.finish([this.wallet(), { kind: "cash", amount_minor: this.cashPart + rest, given_minor: this.cashPart + given }]);
    },
    payCode(code) {
      this.entry = "";
      if (!/^1[0-5]\d{16}$/.test(code)) { this.tell(facts.say.code_short, true); return; }
      if (!this.restMinor) { this.finishParts(); return; }
      this.finish([this.wallet(), this.cash(), { kind: "code", amount_minor: this.restMinor }], code);
    },
    finishParts() { if (!this.restMinor) this.finish([this.wallet(), this.cash()]); },
    wallet() { return this.walletPart ? { kind: "wallet", amount_minor: this.walletPart } : null; },
    cash() { return this.cashPart ? { kind: "cash", amount_minor: this.cashPart, given_minor: this.cashPart } : null; },
    useWallet() {
      if (this.walletPart) { this.dropWallet(); return; }
      this.walletPart = this.walletMost;
      this.focusEntry();
    },
    dropWallet() { this.walletPart = 0; this.focusEntry(); },
    dropCash() { this.cashPart = 0; this.focusEntry(); },

    finish(tenders, code) {
      if (this.sending) return;
      const used = this.coupons.filter((one) => one.used).map((one) => one.claim_id);
      this.sending = { code: code || "", sale: {
        id: this.id, store_id: facts.store_id, register_id: facts.register_id, lines: this.lines.map(({ sku_id, quantity }) => ({ sku_id, quantity })),
        expected_total_minor: this.dueMinor, tenders: tenders.filter(Boolean), member_id: this.member ? this.member.id : null,
        coupon_claim_ids: used, points: this.pointsUsed, promise: this.quote.promise,
      } };
      this.keep();
      this.send();
    },
    sendAgain() { this.paying = true; this.waitText = facts.say.lost; this.send(); },
    async send() {
      const { sale, code } = this.sending;
      this.waiting = true;
      this.mayGiveUp = false;
      this.waitTime = "";
      this.waitText = this.waitText || facts.say.asking;
      for (let tries = 0; ; tries += 1) {
        try {
          let made = await ask("POST", "/till/sales", sale);
          if (made.state === "paying" && code) made = await this.take_code(made, code);
          if (made.state === "paying") made = await this.watch(made);
          this.ended(made);
          return;
        } catch (problem) {
          if (problem instanceof till.NoNetwork) { this.waitText = facts.say.lost; await pause(Math.min(1000 * 2 ** tries, 8000)); continue; }
          this.refused(problem);
          return;
        }
      }
    },
    get waitAmount() { const code = this.sending && this.sending.sale.tenders.find((one) => one.kind === "code"); return code ? money(code.amount_minor) : ""; },
    async take_code(made, code) {
      this.waitText = facts.say.asking;
      this.sending = { ...this.sending, code: "" };
      this.keep();
      try {
        return await ask("POST", "/till/sales/" + made.id + "/pay", { auth_code: code }, { timeout_ms: 40000 });
      } catch (problem) {
        if (problem instanceof till.NoNetwork) return made;
        this.tell(problem.message, true);
        return made;
      }
    },
    // The customer confirms on the phone: ask every two seconds, until it is paid or given up.
    async watch(made) {
      this.mayGiveUp = true;
      this.waitText = facts.say.waiting;
      this.waitedSince = Date.now();
      let now = made;
      while (now.state === "paying") {
        this.waitTime = Math.round((Date.now() - this.waitedSince) / 1000) + " s";
        await pause(2000);
        if (this.nextCode) { const code = this.nextCode; this.nextCode = ""; this.waitText = facts.say.asking; now = await this.take_code(now, code); this.waitText = facts.say.waiting; continue; }
        try {
          now = await ask("POST", "/till/sales/" + made.id + (this.givingUp ? "/give-up" : "/look"));
        } catch (problem) {
          if (!(problem instanceof till.NoNetwork) && this.givingUp) this.tell(problem.message, true);
          this.givingUp = false;
        }
      }
      this.givingUp = false;
      return now;
    },
    giveUp() { this.givingUp = true; this.waitText = "…"; },
    anotherCode() {
      this.ask(facts.say.code_title, facts.say.code_hint, "", (value) => {
        if (!/^1[0-5]\d{16}$/.test(value.trim())) return facts.say.code_short;
        this.nextCode = value.trim();
        this.note = "";
        return true;
      });
    },
    ended(made) {
      this.waiting = false;
      this.waitText = "";
      this.sending = null;
      this.paying = false;
      if (made.state === "given_up") {
        this.id = newId();
        this.keep();
        this.tell(say("given_up", { cash: made.cash_minor ? say("hand_back", { amount: money(made.given_minor) }) : "" }), true);
        this.requote();
        return;
      }
      this.empty();
      this.note = "";
      this.sold = made;
      htmx.ajax("GET", "/store/till/sales/" + made.id + "/receipt/?part=1", { target: "#receipt-view", swap: "innerHTML" });
      if (facts.drawer && made.cash_minor) tillPrinter.send("/api/v1/till/registers/" + facts.register_id + "/drawer.bin");
      Alpine.nextTick(() => this.focus());
    },
    // Nothing was sold: the basket is there again under a new id, with what to do next.
    refused(problem) {
      this.waiting = false;
      this.waitText = "";
      this.sending = null;
      this.paying = false;
      this.id = newId();
      this.keep();
      if (problem.code === "scene.price_changed") {
        this.tell(say("price_changed", { amount: money(problem.facts.total_minor) }), true);
        this.requote();
      } else if (problem.code === "goods.out_of_stock") {
        this.openCount(problem.facts);
      } else {
        this.tell(problem.message, true);
        this.requote();
      }
    },
    again() {
      this.sold = null;
      document.getElementById("receipt-view").replaceChildren();
      Alpine.nextTick(() => this.focus());
    },
    async print() {
      const address = "/api/v1/till/sales/" + this.sold.id;
      if (await tillPrinter.send(address + "/receipt.bin")) this.tell(facts.say.printed); else window.print();
      tillPrinter.printed(address + "/printed");
    },
    get soldNumber() { return this.sold ? String(this.sold.number).padStart(6, "0") : ""; },
    get soldTotal() { return this.sold ? money(this.sold.total_minor) : ""; },
    get soldChange() { return this.sold && this.sold.change_minor ? money(this.sold.change_minor) : ""; },
    get soldWays() {
      if (!this.sold) return "";
      const ways = [["cash", this.sold.cash_minor], ["wechat", this.sold.code_minor], ["wallet", this.sold.wallet_minor]];
      return ways.filter((one) => one[1]).map((one) => facts.say[one[0]] + " " + money(one[1])).join(" · ");
    },
  };
})());
