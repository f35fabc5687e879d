import { get, post } from "./api.js";
import { byId, el } from "./dom.js";
import { dayOf, sizeOf, timeOf } from "./words.js";

const STATES = { scheduled: "Scheduled", running: "In progress", ended: "Ended" };

async function move(room, what) {
  const done = await post(`meetings/${encodeURIComponent(room.key)}/${what}`);
  return done;
}

function meeting(room, open) {
  const { title, state, startsAt, endsAt, organizer } = room.meeting;
  const next = { scheduled: ["start", "Start"], running: ["end", "End meeting"] }[state];
  return el("li", { className: "row" },
    el("div", { className: "row-words" },
      el("strong", {}, title),
      el("span", {}, `${dayOf(startsAt)}, ${timeOf(startsAt)} to ${timeOf(endsAt)} · ${organizer}`)),
    el("span", { className: `state ${state}` }, STATES[state]),
    next ? el("button", { type: "button", className: "plain-button", onclick: () => move(room, next[0]) }, next[1]) : null,
    el("button", { type: "button", className: "plain-button", onclick: () => open(room.key) }, "Open chat"));
}

async function schedule(event) {
  event.preventDefault();
  const form = event.target;
  const minutes = Number(form.elements.minutes.value);
  if (await post("meetings", { title: form.elements.title.value, minutes })) form.reset();
}

/** Draw the calendar: what there is, and a form for one more. */
export function drawMeetings(rooms, open) {
  const place = byId("meetings");
  const found = rooms.filter((room) => room.meeting).reverse();
  const list = found.length
    ? el("ul", { className: "rows" }, ...found.map((room) => meeting(room, open)))
    : el("p", { className: "empty" }, "No meetings yet. Schedule one, start it, and end it: the bot is told as in Teams.");
  if (!place.firstChild) {
    place.append(el("h2", {}, "Meetings"),
      el("form", { className: "line-form", onsubmit: schedule },
        el("label", {}, "Title", el("input", { name: "title", required: true, maxLength: 200 })),
        el("label", {}, "Minutes", el("input", { name: "minutes", type: "number", min: "1", max: "1440", value: "30", required: true })),
        el("button", { type: "submit", className: "main-button" }, "Schedule")),
      el("div", { className: "list", "aria-live": "polite" }));
  }
  place.querySelector(".list").replaceChildren(list);
}

function file(entry) {
  return el("tr", {},
    el("td", {}, el("a", { href: entry.url, download: entry.name }, entry.name)),
    el("td", {}, entry.owner),
    el("td", {}, sizeOf(entry.bytes)),
    el("td", {}, `${dayOf(entry.changed)}, ${timeOf(entry.changed)}`));
}

/** Draw the documents the bot made. */
export async function drawFiles() {
  const found = await get("files");
  if (!found) return;
  const head = el("tr", {}, ...["Name", "Owner", "Size", "Changed"].map((title) => el("th", { scope: "col" }, title)));
  const list = found.length
    ? el("table", {}, el("thead", {}, head), el("tbody", {}, ...found.map(file)))
    : el("p", { className: "empty" }, "No documents yet. Those a workflow makes land here.");
  byId("files").replaceChildren(el("h2", {}, "Files"), list);
}
