"use strict";
// What the till asks of the platform: JSON with the session's CSRF secret, ids that make repeats harmless.
window.till = (() => {
  const facts = JSON.parse(document.getElementById("till-facts").textContent);
  const say = (key, named) => (facts.say[key] || key).replace(/\{(\w+)\}/g, (all, name) => (named && name in named ? named[name] : all));

  class NoNetwork extends Error {}
  class Refused extends Error {
    constructor(status, told) {
      super(told.message || facts.say.failed);
      this.status = status;
      this.code = told.code || "";
      this.facts = told.facts || {};
    }
  }

  // UUIDv7: milliseconds first, so that new rows stand at the end of their index.
  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const now = Date.now();
    for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) & 255;
    bytes[6] = (bytes[6] & 15) | 112;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  const net = document.getElementById("net");
  const connected = (yes) => net && net.classList.toggle("till-net-off", !yes);

  const ask = async (method, path, body, { timeout_ms = 15000 } = {}) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeout_ms);
    let response;
    try {
      response = await fetch("/api/v1" + path, {
        method, signal: stop.signal, credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": window.sitong.cookie("csrftoken"), "Accept-Language": facts.language },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      connected(false);
      throw new NoNetwork(facts.say.no_network);
    } finally {
      clearTimeout(timer);
    }
    connected(true);
    const told = response.status === 204 ? null : await response.json().catch(() => ({}));
    if (response.status >= 500) throw new NoNetwork((told && told.message) || facts.say.failed);
    if (!response.ok) throw new Refused(response.status, told || {});
    return told;
  };

  const money = (minor) => {
    const digits = facts.digits;
    const text = (Math.abs(minor) / 10 ** digits).toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return (minor < 0 ? "-" : "") + facts.sign + text;
  };
  // "12.5" or "1250 fen"? People type yuan; nothing else is an amount.
  const minorOf = (text) => {
    const clean = text.trim().replace("。", ".");
    if (!/^\d{1,7}(\.\d{0,2})?$/.test(clean)) return null;
    return Math.round(parseFloat(clean) * 10 ** facts.digits);
  };
  // By the document: a handler may outlive the button that it was called from.
  const part = (name) => document.querySelector("[x-ref=" + name + "]");
  return { facts, say, ask, part, newId, money, minorOf, NoNetwork, Refused, parts: [] };
})();
