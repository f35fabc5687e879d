import { post, upload } from "./api.js";
import { byId, el } from "./dom.js";

const form = byId("composer");
const text = byId("text");
const menu = byId("commands");
const mention = byId("mention");
const replying = byId("replying");
const attached = byId("attached");
const picker = byId("attach");

const state = { room: null, thread: null, files: [], commands: [], chosen: -1, drafts: new Map() };

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 220)}px`;
}

function closeMenu() {
  menu.hidden = true;
  state.chosen = -1;
  text.removeAttribute("aria-activedescendant");
}

function take(command) {
  text.value = `${command.word} `;
  closeMenu();
  text.focus();
}

function openMenu(found) {
  if (!found.length) return closeMenu();
  menu.replaceChildren(...found.map((command, index) => el("li", {
    id: `command-${index}`, role: "option", "aria-selected": "false", data: { word: command.word },
    onmousedown: (event) => { event.preventDefault(); take(command); },
  }, el("span", { className: "command-word" }, command.word), el("span", {}, command.summary))));
  menu.hidden = false;
  state.chosen = -1;
  return undefined;
}

function suggest() {
  const said = text.value.toLowerCase();
  const begun = /^\S+$/.test(said);
  const found = begun ? state.commands.filter((one) => one.word.startsWith(said) && one.word !== said) : [];
  openMenu(found);
}

function choose(step) {
  const options = [...menu.children];
  options[state.chosen]?.setAttribute("aria-selected", "false");
  state.chosen = (state.chosen + step + options.length) % options.length;
  options[state.chosen].setAttribute("aria-selected", "true");
  options[state.chosen].scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-activedescendant", options[state.chosen].id);
}

function keys(event) {
  if (!menu.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    if (menu.hidden) stopReply(); else closeMenu();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    const option = menu.children[state.chosen];
    if (!menu.hidden && option) take({ word: option.dataset.word });
    else form.requestSubmit();
  }
}

function drawAttached() {
  attached.replaceChildren(...state.files.map((file) => el("li", { className: "chip" }, `📄 ${file.name}`,
    el("button", {
      type: "button", className: "quiet", "aria-label": `Remove ${file.name}`,
      onclick: () => { state.files = state.files.filter((other) => other !== file); drawAttached(); },
    }, "✕"))));
}

async function attach(event) {
  for (const file of event.target.files) {
    const id = await upload(file);
    if (id) state.files.push({ id, name: file.name });
  }
  event.target.value = "";
  drawAttached();
  text.focus();
}

async function send(event) {
  event.preventDefault();
  const words = text.value.replace(/\s+$/, "");
  if (!words.trim() && !state.files.length) return;
  const said = {
    room: state.room.key, text: words, thread: state.thread,
    mention: mention.getAttribute("aria-pressed") === "true", files: state.files.map((file) => file.id),
  };
  text.value = "";
  state.files = [];
  closeMenu();
  stopReply();
  drawAttached();
  grow();
  const done = await post("say", said);
  if (!done && !text.value) text.value = words;
}

function stopReply() {
  state.thread = null;
  replying.hidden = true;
}

/** Turn the composer to a thread; what is sent next stands there. */
export function replyIn(thread, message) {
  state.thread = thread;
  replying.firstElementChild.textContent = `Replying to ${message?.mine ? "your" : `${message?.name ?? "a"}’s`} post`;
  replying.hidden = false;
  text.focus();
}

/** Turn the composer to a room; what was typed in the last one waits there. */
export function writeIn(room, commands) {
  if (state.room) state.drafts.set(state.room.key, text.value);
  const personal = room.kind === "personal";
  Object.assign(state, { room, commands, files: [] });
  text.value = state.drafts.get(room.key) ?? "";
  text.placeholder = { personal: "Type a message", channel: "Start a post" }[room.kind] ?? "Type a message";
  mention.hidden = personal;
  mention.setAttribute("aria-pressed", "true");
  picker.hidden = !personal;
  closeMenu();
  stopReply();
  drawAttached();
  grow();
}

/** Make the composer work; called once. */
export function startComposer() {
  form.addEventListener("submit", send);
  text.addEventListener("input", () => { grow(); suggest(); });
  text.addEventListener("keydown", keys);
  text.addEventListener("blur", closeMenu);
  picker.querySelector("input").addEventListener("change", attach);
  replying.querySelector("button").addEventListener("click", stopReply);
  mention.addEventListener("click", () => {
    mention.setAttribute("aria-pressed", String(mention.getAttribute("aria-pressed") !== "true"));
    text.focus();
  });
  byId("menu").addEventListener("mousedown", (event) => event.preventDefault());
  byId("menu").addEventListener("click", () => {
    text.focus();
    if (menu.hidden) openMenu(state.commands); else closeMenu();
  });
}
