"use strict";
// What every page shares: the CSRF header for htmx, questions before grave steps, toasts, forms that are sent once.
(() => {
  const cookie = (name) => {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  };
  const toasts = document.getElementById("toasts");

  const toast = (text, kind) => {
    const shown = document.createElement("div");
    shown.className = "st-toast st-toast-" + (kind || "info");
    shown.textContent = text;
    toasts.append(shown);
    fade(shown);
  };
  const fade = (shown) => {
    setTimeout(() => shown.classList.add("st-toast-gone"), 4200);
    setTimeout(() => shown.remove(), 4700);
  };
  window.sitong = { toast, cookie };
  document.querySelectorAll("[data-toast]").forEach(fade);

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = cookie("csrftoken");
  });
  document.addEventListener("htmx:sendError", () => toast(toasts.dataset.offline, "warning"));
  document.addEventListener("htmx:responseError", (event) => {
    let text = toasts.dataset.failed;
    try { text = JSON.parse(event.detail.xhr.responseText).message || text; } catch { /* no JSON: the general sentence */ }
    toast(text, "error");
  });
  // The server says a toast with HX-Trigger: {"toast": {"text": …, "kind": …}}.
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));
  window.addEventListener("offline", () => toast(toasts.dataset.offline, "warning"));

  const dialog = document.getElementById("confirm");
  const ask = (question, then) => {
    document.getElementById("confirm-text").textContent = question;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") then(); }, { once: true });
    dialog.showModal();
  };
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, () => event.detail.issueRequest(true));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    const button = event.submitter;
    const question = (button && button.dataset.confirm) || form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      ask(question, () => {
        form.dataset.confirmed = "yes";
        form.requestSubmit(button || undefined);
        delete form.dataset.confirmed;
      });
      return;
    }
    if (form.hasAttribute("data-once")) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "yes";
      form.classList.add("st-sending");
    }
  });
  // A page that comes back from the browser's memory may be sent again: the order's id makes the repeat harmless.
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.classList.remove("st-sending");
  }));
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
})();
