"use strict";
// What comes over the counter: scans, numbers, names, the member, coupons and points, baskets put aside.
till.parts.push((() => {
  const { facts, say, ask, newId, money } = till;
  const PAYMENT_CODE = /^1[0-5]\d{16}$/;
  const MEMBER_CODE = /^\d{20}$/;
  const PHONE = /^(\+?86)?1[3-9]\d{9}$/;
  let queue = Promise.resolve();
  let looking = 0;
  let lookTimer = null;

  return {
    typed: "", times: 0, found: [], pick: 0, keyboard: false, filming: false, film: null, parkedList: [], weighing: false,
    hasCamera: "BarcodeDetector" in window && Boolean(navigator.mediaDevices),
    askTitle: "", askText: "", askValue: "", askProblem: "", askMode: "numeric", askThen: null,
    askPad: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "."],
    countText: "", countValue: "", countSku: "",

    get timesText() { return say("quantity", { quantity: this.times }); },
    focus() { if (!this.paying && !document.querySelector("dialog[open]")) till.part("scan").focus({ preventScroll: true }); },
    toggleKeyboard() {
      this.keyboard = !this.keyboard;
      till.part("scan").inputMode = this.keyboard ? "text" : "none";
      till.part("scan").blur();
      this.focus();
    },
    // Each scan is taken after the one before, so lines stand in the order of the scans.
    enter() {
      if (this.paying) { this.payEntered(); return; } // Enter came before the payment's own field had the focus
      const text = this.typed.trim();
      this.typed = "";
      clearTimeout(lookTimer);
      if (!text) { if (this.found.length) this.pickFound(this.found[this.pick]); else if (this.sold) this.again(); else this.openPay(); return; }
      if (this.found.length && !/^\d+$/.test(text)) { this.pickFound(this.found[this.pick]); return; }
      const times = this.times;
      this.times = 0;
      queue = queue.then(() => this.understand(text, times)).catch((problem) => this.tell(problem.message, true));
    },
    async understand(text, times) {
      this.note = "";
      const many = /^(\d{1,5})[*x×]$/i.exec(text);
      if (many) { this.times = Number(many[1]); return; }
      if (this.sold && !PAYMENT_CODE.test(text)) this.again();
      if (PAYMENT_CODE.test(text) && this.lines.length) { await this.settled(); this.openPay(); this.payCode(text); return; }
      if (MEMBER_CODE.test(text) || PHONE.test(text)) { await this.findMember(text); return; }
      try {
        const goods = await ask("GET", "/till/goods?" + new URLSearchParams({ store_id: facts.store_id, number: text }));
        this.offer(goods, times);
      } catch (problem) {
        if (problem.status !== 404) { if (problem instanceof till.NoNetwork) this.typed = text; throw problem; }
        if (/^\d+$/.test(text)) { this.tell(say("unknown", { number: text }), true); return; }
        await this.search(text, times);
      }
    },
    offer(goods, times) {
      if (goods.length === 1) { this.choose(goods[0], times); return; }
      this.found = goods;
      this.pick = 0;
      this.times = times;
    },
    look() {
      const words = this.typed.trim();
      clearTimeout(lookTimer);
      if (!words || /^[\d*x×.]+$/i.test(words)) { this.found = []; return; }
      lookTimer = setTimeout(() => this.search(words, this.times).catch((problem) => this.tell(problem.message, true)), 180);
    },
    async search(words, times) {
      const number = ++looking;
      const goods = await ask("GET", "/till/goods?" + new URLSearchParams({ store_id: facts.store_id, words }));
      if (number !== looking) return;
      this.found = goods;
      this.pick = 0;
      this.times = times;
      if (!goods.length) this.tell(say("nothing_found", { words }));
    },
    // Tapped or chosen with Enter: what was typed to find it goes.
    pickFound(goods) {
      const times = this.times;
      this.typed = "";
      this.times = 0;
      this.choose(goods, times);
    },
    // Leaves the field alone: the next scan may be half in it already.
    choose(goods, many) {
      this.found = [];
      if (this.sold) this.again();
      if (goods.price_minor === null) { this.tell(say("no_price", { name: goods.name }), true); return; }
      if (goods.weighed && !goods.label_minor && !many) { this.weigh(goods); return; }
      this.add(goods, goods.label_minor ? goods.quantity : goods.weighed ? many : goods.quantity * (many || 1));
      this.focus();
    },
    weigh(goods) {
      const put = (value) => { const grams = this.gramsOf(value); if (!grams) return false; this.add(goods, grams); return true; };
      this.ask(say("weigh", { name: goods.name }), money(goods.price_minor) + "/kg · g / kg", "", put);
      this.weighing = true;
    },
    // "350" is grams, "0.35" and "1.2kg" are kilograms.
    gramsOf(text) {
      const read = /^(\d{1,6})\s*g?$/i.exec(text.trim());
      if (read) return Number(read[1]);
      const kilograms = /^(\d{1,3}(\.\d{1,3})?)\s*(kg)?$/i.exec(text.trim());
      return kilograms ? Math.round(parseFloat(kilograms[1]) * 1000) : 0;
    },
    askQuantity(line) {
      const put = (value) => {
        const quantity = line.weighed ? this.gramsOf(value) : /^\d{1,3}$/.test(value.trim()) ? Number(value) : -1;
        if (quantity < 0 || (line.weighed && !quantity)) return false;
        this.set(line, quantity);
        return true;
      };
      this.ask(line.name, "", String(line.quantity), put);
    },

    ask(title, text, value, then) {
      this.askTitle = title;
      this.askText = text;
      this.askValue = value;
      this.askProblem = "";
      this.askThen = then;
      this.weighing = false;
      till.part("ask").showModal();
      Alpine.nextTick(() => { till.part("askInput").focus(); till.part("askInput").select(); });
    },
    async answered() {
      const done = await this.askThen(this.askValue);
      if (done === true) till.part("ask").close();
      else this.askProblem = done || facts.say.failed;
    },
    closeAsk() { till.part("ask").close(); },
    askClosed() { this.weighing = false; this.focus(); },
    askPress(sign) { this.askValue = sign === "⌫" ? this.askValue.slice(0, -1) : this.askValue + sign; },

    askMember() { this.ask(facts.say.member_title, facts.say.member_hint, "", (value) => this.findMember(value, true)); },
    async findMember(text, quiet) {
      try {
        this.member = await ask("GET", "/till/members?" + new URLSearchParams({ store_id: facts.store_id, q: text.trim() }));
      } catch (problem) {
        const why = problem.status === 404 ? facts.say.no_member : problem.message;
        if (!quiet) this.tell(why, true);
        return why;
      }
      this.chosenCoupons = null;
      this.points = 0;
      this.changed();
      return true;
    },
    dropMember() {
      this.member = null;
      this.chosenCoupons = null;
      this.points = 0;
      this.coupons = [];
      this.changed();
      this.focus();
    },
    get memberName() { return this.member ? this.member.name || this.member.phone : ""; },
    get memberSign() { return this.member ? (this.member.name || this.member.number).slice(0, 1) : ""; },
    get memberTier() { const tier = this.member && this.member.tier; return tier ? (facts.english && tier.name_en) || tier.name : ""; },
    get memberPoints() { return this.member ? say("points_of", { n: this.member.points_ready.toLocaleString() }) : ""; },
    get memberWallet() { return this.member ? say("wallet_of", { amount: money(this.walletMinor) }) : ""; },
    get walletMinor() { return this.member ? this.member.wallet_minor + this.member.wallet_gift_minor : 0; },

    get promotions() { return this.quote && this.lines.length ? this.quote.promotions : []; },
    promotionName(one) { return (facts.english && one.name_en) || one.name; },
    promotionSaves(one) { return money(-one.saved_minor); },

    get best() { return this.chosenCoupons === null; },
    get couponText() { return this.quote && this.quote.coupon_minor ? money(-this.quote.coupon_minor) : String(this.coupons.length); },
    couponName(one) { return (facts.english && one.name_en) || one.name; },
    couponSaves(one) { return say("coupon_saves", { amount: money(one.saved_minor) }); },
    couponUntil(one) { return one.valid_until ? one.valid_until.slice(0, 10) : ""; },
    openCoupons() { if (this.member && this.coupons.length) till.part("couponsDialog").showModal(); },
    closeCoupons() { till.part("couponsDialog").close(); this.focus(); },
    toggleCoupon(one) {
      const used = this.coupons.filter((other) => other.used).map((other) => other.claim_id);
      this.chosenCoupons = one.used ? used.filter((id) => id !== one.claim_id) : [...used, one.claim_id];
      this.changed();
    },
    bestCoupons() { this.chosenCoupons = null; this.changed(); },
    noCoupons() { this.chosenCoupons = []; this.changed(); this.closeCoupons(); },

    get pointsMost() { return this.quote ? this.quote.points_most : 0; },
    get pointsUsed() { return this.quote ? this.quote.points : 0; },
    get pointsText() { return this.pointsUsed ? money(-this.quote.points_minor) : String(this.pointsMost); },
    openPoints() {
      if (!this.pointsMost) return;
      const most = this.pointsMost;
      this.ask(facts.say.points_title, say("points_hint", { most, ready: this.quote.points_ready }), String(this.pointsUsed || most), (value) => {
        if (!/^\d{1,9}$/.test(value.trim()) || Number(value) > most) return say("points_many", { most });
        this.points = Number(value) === most ? "most" : Number(value);
        this.changed();
        return true;
      });
    },

    async park() {
      try { await this.putAside(); } catch (problem) { this.tell(problem.message, true); }
    },
    async putAside() {
      if (!this.lines.length) return;
      const { lines, member, chosenCoupons, points } = this;
      const label = lines[0].name.slice(0, 30);
      await ask("POST", "/till/parked", { id: this.id, register_id: facts.register_id, label, content: { lines, member, chosenCoupons, points } });
      this.empty();
      this.countParked(1);
      this.tell(facts.say.parked);
      this.focus();
    },
    countParked(more) {
      const badge = document.querySelector("[data-parked]");
      if (badge) badge.textContent = String(Math.max(0, Number(badge.textContent || 0) + more));
    },
    async openParked() {
      this.parkedList = await ask("GET", "/till/parked?" + new URLSearchParams({ store_id: facts.store_id }));
      till.part("parkedDialog").showModal();
    },
    closeParked() { till.part("parkedDialog").close(); this.focus(); },
    parkedName(one) { return one.label || one.id.slice(-6); },
    parkedTime(one) { return new Date(one.parked_at).toLocaleTimeString(facts.language, { hour: "2-digit", minute: "2-digit" }); },
    parkedPieces(one) { return say("basket", { n: one.content.lines.reduce((sum, line) => sum + (line.weighed ? 1 : line.quantity), 0) }); },
    async fetchParked(one) {
      try {
        if (this.lines.length) await this.putAside();
        const back = await ask("POST", "/till/parked/" + one.id + "/fetch", { request_id: newId() });
        this.empty();
        Object.assign(this, back.content);
        this.countParked(-1);
        this.closeParked();
        this.tell(facts.say.fetched);
        this.changed();
      } catch (problem) { this.closeParked(); this.tell(problem.message, true); }
    },

    // The shelf has it and the books do not: count it, then go on.
    openCount(refused) {
      const line = this.lines.find((one) => one.sku_id === refused.sku_id);
      this.countSku = refused.sku_id;
      this.countValue = "";
      this.countText = say("out_of_stock", { name: line ? line.name : "", free: refused.free, wanted: refused.wanted });
      till.part("countDialog").showModal();
      Alpine.nextTick(() => till.part("countInput").focus());
    },
    closeCount() { till.part("countDialog").close(); this.focus(); },
    async countNow() {
      if (!/^\d{1,7}$/.test(this.countValue)) return;
      try {
        await ask("POST", "/stock/" + facts.store_id + "/counts", { id: newId(), lines: [{ sku_id: this.countSku, counted: Number(this.countValue) }], note: "till" });
        this.closeCount();
        this.tell(facts.say.counted);
        this.requote();
      } catch (problem) { this.closeCount(); this.tell(problem.message, true); }
    },

    async camera() {
      const video = till.part("video");
      if (this.filming) { this.stopFilming(); return; }
      try {
        const detector = new BarcodeDetector();
        video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        this.filming = true;
        await video.play();
        let last = "";
        this.film = setInterval(async () => {
          const seen = await detector.detect(video).catch(() => []);
          const text = seen.length ? seen[0].rawValue : "";
          if (text && text !== last) { this.typed = text; this.enter(); }
          last = text;
        }, 250);
      } catch {
        this.stopFilming();
        this.tell(facts.say.camera, true);
      }
    },
    stopFilming() {
      clearInterval(this.film);
      const stream = till.part("video").srcObject;
      if (stream) stream.getTracks().forEach((track) => track.stop());
      this.filming = false;
      this.focus();
    },
  };
})());
