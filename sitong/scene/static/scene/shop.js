"use strict";
// The mini shop: the number on the cart, and the protection token before the first change of a page that is the same for all.
(() => {
  const badge = () => {
    const count = Number(window.sitong.cookie("st_cart") || 0);
    document.querySelectorAll("[data-cart-count]").forEach((place) => { place.textContent = count > 99 ? "99+" : count || ""; });
  };
  document.addEventListener("DOMContentLoaded", badge);
  window.addEventListener("pageshow", badge);
  document.addEventListener("htmx:afterRequest", badge);

  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.verb === "get" || event.detail.question || window.sitong.cookie("csrftoken")) return;
    event.preventDefault();
    fetch("/s/ready/", { credentials: "same-origin" }).then(() => event.detail.issueRequest(true));
  });

  // − and + beside a number: one piece, or a step of grams.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    const field = button.closest(".shop-stepper").querySelector("input");
    const next = Number(field.value || 0) + Number(button.dataset.step);
    field.value = Math.min(Number(field.max || 999), Math.max(Number(field.min || 1), next));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // Another variant shows its own price and stock.
  document.addEventListener("change", (event) => {
    if (event.target.name !== "sku") return;
    document.querySelectorAll("[data-of-sku]").forEach((part) => { part.hidden = part.dataset.ofSku !== event.target.value; });
  });
  // The home page is the same for all, so it holds no form with a token: the language is a cookie and no secret.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-language]");
    if (!button) return;
    document.cookie = "django_language=" + button.dataset.language + "; path=/; max-age=31536000; samesite=lax";
    location.reload();
  });
})();
