"use strict";
// The clerk's pages without a network: nothing old is shown, only a page that says so and looks again. Nothing else is kept.
const KEPT = "sitong-store-1";
const OFFLINE = "/store/offline/";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const page = await fetch(OFFLINE, { cache: "no-store" });
    const found = [...(await page.clone().text()).matchAll(/(?:href|src)="(\/static\/[^"#]+)"/g)].map((one) => one[1]);
    const cache = await caches.open(KEPT);
    await cache.put(OFFLINE, page);
    await cache.addAll([...new Set(found)]); // the same file twice is an error
    await self.skipWaiting();
  })());
});
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await self.clients.claim();
})()));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  else if (address.pathname.startsWith("/static/") && event.request.method === "GET") {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(event.request)) || Response.error()));
  }
});
