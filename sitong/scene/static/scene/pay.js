"use strict";
// Inside WeChat: its own cashier opens with the signed parameters. Whether it was paid, the server hears from the provider.
(() => {
  const button = document.getElementById("pay-in-wechat");
  const parameters = JSON.parse(document.getElementById("jsapi").textContent);
  const open = () => WeixinJSBridge.invoke("getBrandWCPayRequest", parameters, () => { location.href = button.dataset.back; });
  button.addEventListener("click", () => {
    if (typeof WeixinJSBridge === "undefined") document.addEventListener("WeixinJSBridgeReady", open, { once: true });
    else open();
  });
})();
