import { post } from "./api.js";
import { signInLink, drawCard } from "./cards.js";
import { drawOffer } from "./offers.js";
import { avatar, byId, el } from "./dom.js";
import { dayOf, timeOf, typed, written } from "./words.js";

const log = byId("log");
const drawn = new Map();
let room = null;
let reply = () => {};
let atEnd = true;

// Cards grow after they are placed: whoever reads the end goes on reading the end.
const follow = new ResizeObserver(() => { if (atEnd) log.scrollTop = log.scrollHeight; });
follow.observe(log);
log.addEventListener("scroll", () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80; });

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const message = drawn.get(entry.target.dataset.id)?.message;
    if (entry.isIntersecting && message?.attachments.some((part) => part.card?.refresh)) {
      post("refresh", { room: message.room, message: message.id });
    }
  }
}, { root: log });

function attachment(part, message) {
  if (part.kind === "card") return drawCard(part.card, message);
  if (part.kind === "sign_in") {
    return el("div", { className: "card signin" }, el("p", {}, part.text), signInLink(part.url));
  }
  if (part.kind === "consent") return drawOffer(part, message);
  if (part.kind === "file") return el("a", { className: "file", href: part.url, download: part.name }, `📄 ${part.name}`);
  return el("p", { className: "gone" }, `An attachment of a kind this page does not show (${part.name}).`);
}

function content(message) {
  if (message.deleted) return [el("p", { className: "gone" }, "This message has been deleted.")];
  const parts = message.attachments.map((part) => attachment(part, message));
  if (!message.text && !message.mention) return parts;
  const words = message.sender === "bot" ? written(message.text, message.format) : typed(message.text, message.mention);
  const plain = message.sender !== "bot" || message.format === "plain";
  return [el("div", { className: plain ? "words plain" : "words" }, ...words), ...parts];
}

function head(message) {
  return el("p", { className: "head" },
    el("span", { className: "name" }, message.mine ? el("span", { className: "unseen" }, "You") : message.name),
    el("time", { dateTime: message.time, title: new Date(message.time).toLocaleString() }, timeOf(message.time)),
    message.edited && !message.deleted ? el("span", { className: "mark" }, "Edited") : null);
}

function article(message) {
  if (message.sender === "system") {
    return el("p", { className: "system", data: { id: message.id } }, `${message.text} · ${timeOf(message.time)}`);
  }
  const wide = message.attachments.some((part) => part.kind === "card" || part.kind === "consent");
  const bubble = el("div", { className: `bubble ${wide ? "with-card" : ""}` }, ...content(message));
  const failure = message.failure ? el("p", { className: "failure", role: "alert" }, message.failure) : null;
  const body = el("div", { className: "body" }, head(message), bubble, failure);
  const side = message.mine && room.kind !== "channel" ? "mine" : "";
  return el("article", { className: `message ${side}`, data: { id: message.id, sender: message.sender } },
    side ? null : avatar(message.name, message.sender === "bot" ? "bot" : "person"), body);
}

function threadOf(message) {
  if (room.kind !== "channel") return log;
  const root = message.thread ?? message.id;
  const found = log.querySelector(`[data-thread="${CSS.escape(root)}"] > .posts`);
  if (found) return found;
  const posts = el("div", { className: "posts" });
  const button = el("button", { type: "button", className: "reply", onclick: () => reply(root, drawn.get(root)?.message) }, "Reply");
  log.append(el("section", { className: "thread", "aria-label": "Thread", data: { thread: root } }, posts, button));
  return posts;
}

function place(message, node) {
  const parent = threadOf(message);
  if (parent === log) {
    const last = [...drawn.values()].at(-1)?.message;
    if (!last || dayOf(last.time) !== dayOf(message.time)) {
      log.append(el("p", { className: "day" }, dayOf(message.time)));
    } else if (last.sender === message.sender && new Date(message.time) - new Date(last.time) < 300000) {
      node.classList.add("follows");
    }
  }
  parent.append(node);
}

/** Show a message: at the end when it is new, in its place when it was there. */
export function show(message) {
  const node = article(message);
  const before = drawn.get(message.id);
  if (before) {
    if (before.node.classList.contains("follows")) node.classList.add("follows");
    watcher.unobserve(before.node);
    follow.unobserve(before.node);
    before.node.replaceWith(node);
  } else {
    place(message, node);
  }
  drawn.set(message.id, { message, node });
  watcher.observe(node);
  follow.observe(node);
  if (message.mine && !before) atEnd = true;
  if (atEnd) log.scrollTop = log.scrollHeight;
}

/** Show a room's messages from the start. `onReply` is told which thread to reply in. */
export function open(newRoom, messages, onReply) {
  room = newRoom;
  reply = onReply;
  watcher.disconnect();
  follow.disconnect();
  follow.observe(log);
  drawn.clear();
  atEnd = true;
  log.classList.toggle("channel", room.kind === "channel");
  log.setAttribute("aria-live", "off");
  log.replaceChildren();
  for (const message of messages) show(message);
  if (!messages.length) log.append(el("p", { className: "empty" }, room.kind === "personal"
    ? "This is your own chat with ConsultFlow. Say hello, or type help."
    : "Nothing has been said here yet. Mention ConsultFlow to bring it in."));
  log.scrollTop = log.scrollHeight;
  log.setAttribute("aria-live", "polite");
}

/** Draw every card again, as after a change of theme. */
export function redraw() {
  for (const { message } of [...drawn.values()]) show(message);
}

export function forgetEmpty() {
  log.querySelector(".empty")?.remove();
}
