import { post } from "./api.js";
import { el } from "./dom.js";
import { sizeOf } from "./words.js";

async function answer(message, accept, frame) {
  if (frame.dataset.busy) return;
  const said = frame.querySelector(".outcome");
  frame.dataset.busy = "1";
  frame.setAttribute("aria-busy", "true");
  said.textContent = "";
  const told = await post("consent", { room: message.room, message: message.id, accept });
  delete frame.dataset.busy;
  frame.removeAttribute("aria-busy");
  said.textContent = told?.failure ?? "";
  said.classList.toggle("wrong", Boolean(told?.failure));
}

/** Draw a file the bot offers, with a button for yes and one for no, as Teams does. */
export function drawOffer(part, message) {
  const button = (title, accept, look) => el("button", {
    type: "button", className: `ac-pushButton ${look}`, onclick: () => answer(message, accept, frame),
  }, title);
  const frame = el("div", { className: "card offer", role: "group", "aria-label": part.name },
    el("p", { className: "offer-name" }, part.name),
    el("p", { className: "offer-size" }, sizeOf(part.bytes)),
    el("p", {}, part.text),
    el("div", { className: "offer-buttons" }, button("Accept", true, "style-positive"), button("Decline", false, "")),
    el("p", { className: "outcome", role: "status" }));
  return frame;
}
