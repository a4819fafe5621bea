"use strict";
// Inside WeChat: it asks the member whether to receive the money. That it was received, the server hears from the provider.
(() => {
  const button = document.getElementById("receive-in-wechat");
  const parameters = JSON.parse(document.getElementById("jsapi").textContent);
  const open = () => WeixinJSBridge.invoke("requestMerchantTransfer", parameters, () => { location.href = button.dataset.back; });
  button.addEventListener("click", () => {
    if (typeof WeixinJSBridge === "undefined") document.addEventListener("WeixinJSBridgeReady", open, { once: true });
    else open();
  });
})();
