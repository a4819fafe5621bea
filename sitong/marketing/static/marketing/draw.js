"use strict";
// A day's draw, computed again from its file alone, as `sitong draw verify` does. docs/deals.md says how.
(() => {
  const shown = document.getElementById("proof");
  if (!shown) return;
  const said = shown.querySelector("span");
  const end = (look, text) => { shown.classList.remove("deal-own-wait"); shown.classList.add(look); shown.dataset.outcome = look; said.textContent = text; };
  if (!window.crypto || !crypto.subtle) { end("deal-own-over", shown.dataset.unable); return; }
  const utf8 = new TextEncoder();
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sorted = (value) => Array.isArray(value) ? value.map(sorted) : value && typeof value === "object"
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
  const written = (value) => JSON.stringify(sorted(value), null, 1);
  const joined = (...parts) => {
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) { all.set(part, at); at += part.length; }
    return all;
  };
  const below = async (key, message, n) => {
    const bits = n <= 1n ? 0 : (n - 1n).toString(2).length, size = Math.ceil(bits / 8), mask = (1n << BigInt(bits)) - 1n;
    for (let i = 0n; ; i++) {
      const counter = new Uint8Array(8);
      new DataView(counter.buffer).setBigUint64(0, i);
      const block = new Uint8Array(await crypto.subtle.sign("HMAC", key, joined(message, counter)));
      const number = BigInt(`0x0${hex(block.slice(0, size))}`) & mask;
      if (number < n) return number;
    }
  };
  const compute = async (text) => {
    const content = JSON.parse(text), { digest, ...plain } = content;
    if (`${written(content)}\n` !== text || hex(await sha256(utf8.encode(`${written(plain)}\n`))) !== digest) return [false, content];
    const seed = Uint8Array.from(content.seed.match(/../g), (pair) => parseInt(pair, 16));
    if (hex(await sha256(seed)) !== content.commitment || content.commitment !== document.getElementById("commitment").textContent) return [false, content];
    if (hex(await sha256(utf8.encode(content.tickets.map((one) => `${one}\n`).join("")))) !== content.tickets_digest) return [false, content];
    const { seed: _seed, commitment: _commitment, tickets_digest: _digest, winners: _winners, ...terms } = plain;
    const message = await sha256(utf8.encode(written(terms)));
    const key = await crypto.subtle.importKey("raw", seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const left = [...content.tickets], count = Math.min(content.winners_max, left.length);
    for (let i = 0; i < count; i++) {
      const at = i + Number(await below(key, joined(message, utf8.encode(`/${i}`)), BigInt(left.length - i)));
      [left[i], left[at]] = [left[at], left[i]];
    }
    return [JSON.stringify(left.slice(0, count)) === JSON.stringify(content.winners), content];
  };
  fetch(shown.dataset.file).then((answer) => answer.text()).then(compute).then(([holds, content]) => {
    document.getElementById("seed").textContent = content.seed;
    const list = document.getElementById("tickets");
    for (const one of content.tickets) list.append(Object.assign(document.createElement("li"), { textContent: one }));
    end(holds ? "deal-own-done" : "deal-own-wrong", holds ? shown.dataset.true : shown.dataset.false);
  }).catch(() => end("deal-own-over", shown.dataset.unable));
})();
