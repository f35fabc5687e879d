// Tells the Teams client that opened this window how the sign-in ended, in the messages its own
// library would send. Nothing depends on it: the sign-in is complete before this page is shown.
"use strict";
(() => {
  const hosts = [
    /^https:\/\/teams\.microsoft\.com$/,
    /^https:\/\/[a-z0-9-]+\.teams\.microsoft\.com$/,
    /^https:\/\/teams\.cloud\.microsoft$/,
    /^https:\/\/[a-z0-9-]+\.cloud\.microsoft$/,
    /^https:\/\/teams\.live\.com$/,
  ];
  const native = window.nativeInterface;
  const other = window.opener || (window.parent !== window ? window.parent : null);
  const { code } = document.body.dataset;
  let next = 0;

  const send = (func, args, origin) => {
    const message = { id: next, uuid: crypto.randomUUID(), func, timestamp: Date.now(), args };
    next += 1;
    if (other) {
      other.postMessage(message, origin);
    } else if (native && native.framelessPostMessage) {
      native.framelessPostMessage(JSON.stringify(message));
    }
  };

  const tell = (origin) => {
    const outcome = code ? "success" : "failure";
    send(`authentication.authenticate.${outcome}`, [code || "SignInFailed"], origin);
    setTimeout(() => window.close(), 500);
  };

  if (!other) {
    if (native) {
      window.onNativeMessage = () => {};
      send("initialize", ["2.0.0"], "*");
      tell("*");
    }
    return;
  }
  // The first answer says which client it is; only to Microsoft's own is the code told.
  window.addEventListener("message", function heard(event) {
    if (event.source === other && hosts.some((host) => host.test(event.origin))) {
      window.removeEventListener("message", heard);
      tell(event.origin);
    }
  });
  send("initialize", ["2.0.0"], "*");
})();
