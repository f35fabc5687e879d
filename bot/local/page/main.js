import { get, listen, post, who } from "./api.js";
import { loadCards } from "./cards.js";
import { replyIn, startComposer, writeIn } from "./composer.js";
import { byId, el, paintAvatar } from "./dom.js";
import * as messages from "./messages.js";
import { drawMicrosoft } from "./microsoft.js";
import { drawFiles, drawMeetings } from "./panels.js";
import { drawRooms } from "./rooms.js";

const page = { state: null, room: null, view: "chat", unread: new Set() };
const VIEWS = ["chat", "meetings", "files", "microsoft"];
let typingEnds;

const roomOf = (key) => page.state.rooms.find((room) => room.key === key);

function remember() {
  history.replaceState(null, "", `#${new URLSearchParams({ as: who.key, room: page.room ?? "", view: page.view })}`);
}

function drawList() {
  drawRooms(page.state.rooms, { current: page.view === "chat" ? page.room : null, unread: page.unread, choose: enter });
  document.title = `${page.unread.size ? `(${page.unread.size}) ` : ""}ConsultFlow in local Teams`;
}

function typing(on) {
  clearTimeout(typingEnds);
  byId("typing").textContent = on ? `${page.state.bot.name} is typing…` : "";
  if (on) typingEnds = setTimeout(() => typing(false), 8000);
}

async function enter(key) {
  const room = roomOf(key) ?? page.state.rooms[0];
  if (!room.installed) await post("install", { room: room.key });
  const found = await get("messages", { room: room.key });
  if (!found) return;
  page.room = room.key;
  page.unread.delete(room.key);
  typing(false);
  turn("chat");
  document.body.classList.add("in-room");
  byId("room-name").textContent = room.team ? `${room.team} › ${room.name}` : room.name;
  byId("room-people").textContent = room.kind === "personal" ? "Only you and the bot" : room.people.join(", ");
  paintAvatar(byId("room-avatar"), room.team ?? room.name, { personal: "bot", channel: "team" }[room.kind]);
  messages.open(room, found, replyIn);
  writeIn(room, page.state.commands);
  drawList();
  if (matchMedia("(min-width: 721px)").matches) byId("text").focus();
}

function turn(view) {
  page.view = view;
  for (const name of VIEWS) byId(name).hidden = name !== view;
  for (const button of document.querySelectorAll(".rail button")) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  if (view === "meetings") drawMeetings(page.state.rooms, enter);
  if (view === "files") drawFiles();
  if (view === "microsoft") drawMicrosoft();
  remember();
}

async function reload({ fresh = false } = {}) {
  const state = await get("state", fresh ? { fresh: "1" } : {});
  if (!state) return;
  page.state = state;
  drawList();
  if (page.view === "meetings") drawMeetings(state.rooms, enter);
}

function arrived({ room, message }) {
  page.state.rooms = page.state.rooms.map((old) => (old.key === room.key ? room : old));
  if (room.key === page.room) {
    messages.forgetEmpty();
    if (message.sender === "bot") typing(false);
    messages.show(message);
  }
  if ((room.key !== page.room || page.view !== "chat") && !message.mine && room.lastId === message.id) page.unread.add(room.key);
  drawList();
}

function heard(event) {
  if (event.kind === "message") arrived(event);
  else if (event.kind === "typing" && event.room === page.room) typing(true);
  else if (event.kind === "rooms") reload();
  else if (event.kind === "files" && page.view === "files") drawFiles();
  else if (event.kind === "microsoft" && page.view === "microsoft") drawMicrosoft();
}

async function become(key, room) {
  who.key = key;
  page.unread.clear();
  await reload({ fresh: true });
  listen(heard, async () => { await reload(); if (page.room) enter(page.room); });
  const people = page.state.people.map((one) => el("option", { value: one.key, selected: one.key === key }, one.guest ? `${one.name} (guest)` : one.name));
  byId("person").replaceChildren(...people);
  paintAvatar(byId("me"), page.state.me.name);
  const common = page.state.rooms.find((one) => one.key === room);
  await enter(common ? common.key : page.state.rooms[0].key);
}

/** Follow an address that was changed in the open page. */
async function follow() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [person, room, view] = ["as", "room", "view"].map((name) => asked.get(name));
  if (person !== who.key && page.state.people.some((one) => one.key === person)) await become(person, room ?? page.room);
  else if (room !== page.room && roomOf(room)) await enter(room);
  if (view !== page.view && VIEWS.includes(view)) turn(view);
  remember();
}

function theme(choice) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = choice === "system" ? (dark ? "dark" : "light") : choice;
  localStorage.setItem("theme", choice);
  messages.redraw();
}

function wire() {
  startComposer();
  byId("theme").value = localStorage.getItem("theme") || "system";
  byId("theme").addEventListener("change", (event) => theme(event.target.value));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(byId("theme").value));
  byId("person").addEventListener("change", (event) => become(event.target.value, page.room));
  addEventListener("hashchange", follow);
  byId("back").addEventListener("click", () => {
    document.body.classList.remove("in-room");
    document.querySelector("#rooms [aria-current]")?.focus();
  });
  for (const button of document.querySelectorAll(".rail button")) {
    button.addEventListener("click", () => {
      if (button.dataset.view === "chat") document.body.classList.remove("in-room");
      turn(button.dataset.view);
      drawList();
    });
  }
}

await loadCards();
wire();
const before = new URLSearchParams(location.hash.slice(1));
await become(["asha", "ben", "chen"].includes(before.get("as")) ? before.get("as") : "asha", before.get("room"));
if (VIEWS.includes(before.get("view"))) turn(before.get("view"));
document.body.dataset.ready = "1";
