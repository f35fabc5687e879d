import { avatar, byId, el } from "./dom.js";
import { timeOf } from "./words.js";

const list = byId("rooms");
const GROUPS = [
  ["personal", "Chat with the bot"],
  ["groupChat", "Group and meeting chats"],
  ["channel", "Teams and channels"],
];

function entry(room, current, unread, choose) {
  const name = room.team ? `${room.team} › ${room.name}` : room.name;
  const kind = { personal: "bot", channel: "team" }[room.kind] ?? "person";
  return el("li", {}, el("button", {
    type: "button",
    className: `room-entry ${unread ? "unread" : ""}`,
    "aria-current": current ? "true" : null,
    onclick: () => choose(room.key),
    data: { room: room.key },
  },
  avatar(room.team ?? room.name, kind),
  el("span", { className: "entry-words" },
    el("span", { className: "entry-name" }, name),
    el("span", { className: "entry-preview" }, room.preview || "No messages yet")),
  el("span", { className: "entry-side" },
    room.last ? el("time", {}, timeOf(room.last)) : "",
    unread ? el("span", { className: "dot" }, el("span", { className: "unseen" }, "unread")) : "")));
}

/** Draw the list of conversations; keeps the focus where it was. */
export function drawRooms(rooms, { current, unread, choose }) {
  const focused = document.activeElement?.dataset?.room;
  const items = GROUPS.flatMap(([kind, title]) => {
    const some = rooms.filter((room) => room.kind === kind);
    if (!some.length) return [];
    return [el("li", { className: "group-title" }, el("h3", {}, title)),
      ...some.map((room) => entry(room, room.key === current, unread.has(room.key), choose))];
  });
  list.replaceChildren(...items);
  if (focused) list.querySelector(`[data-room="${CSS.escape(focused)}"]`)?.focus();
}
