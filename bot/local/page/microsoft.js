import { get, post } from "./api.js";
import { byId, el } from "./dom.js";
import { dayOf, sizeOf, timeOf } from "./words.js";

const when = (time) => `${dayOf(time)}, ${timeOf(time)}`;

function section(title, entries, nothing) {
  const list = entries.length ? el("ul", { className: "rows" }, ...entries) : el("p", { className: "empty" }, nothing);
  return el("section", { className: "block" }, el("h3", {}, title), list);
}

function folded(title, about, text, more = []) {
  return el("li", { className: "row" },
    el("details", { className: "row-words" },
      el("summary", {}, el("strong", {}, title), el("span", {}, about)),
      ...more.filter(Boolean).map((line) => el("p", { className: "note" }, line)),
      el("p", { className: "letter" }, text || "(no text)")));
}

function mail(entry) {
  const files = entry.files.map((file) => `${file.name} (${sizeOf(file.bytes)})`).join(", ");
  return folded(entry.subject || "(no subject)", `${entry.from.name} to ${[...entry.to, ...entry.cc].join(", ")} · ${when(entry.time)}`, entry.text, [
    `From: ${entry.from.address}`,
    `To: ${entry.to.join(", ")}`,
    entry.cc.length ? `Cc: ${entry.cc.join(", ")}` : "",
    entry.bcc.length ? `Bcc: ${entry.bcc.join(", ")}` : "",
    files ? `Attached: ${files}` : "",
  ]);
}

function event(entry) {
  return folded(entry.subject || "(no title)", `${when(entry.starts)} to ${timeOf(entry.ends)} · ${entry.organizer}`, entry.text, [
    `Booked in ${entry.zone}`,
    entry.location ? `Where: ${entry.location}` : "",
    entry.online ? "Teams meeting" : "",
    entry.attendees.length ? `With: ${entry.attendees.join(", ")}` : "",
  ]);
}

const posted = (entry) => folded(entry.place, `${entry.name} · ${when(entry.time)}`, entry.text);

function row(title, about, ...rest) {
  return el("li", { className: "row" }, el("div", { className: "row-words" }, title, el("span", {}, about)), ...rest);
}

const file = (entry) => row(el("a", { href: entry.url, download: "" }, entry.path), `${entry.place} · ${sizeOf(entry.bytes)} · ${when(entry.changed)}`);

const person = (entry) => row(el("strong", {}, entry.name), `${entry.mail} · ${entry.title}`);

function consent(entry) {
  const take = async () => { if (await post("microsoft/withdraw", { scope: entry.scope })) drawMicrosoft(); };
  const button = el("button", { type: "button", className: "plain-button", "aria-label": `Withdraw: ${entry.words}`, onclick: take }, "Withdraw");
  return row(el("strong", {}, entry.words), entry.scope, button);
}

/** Draw what this person's Microsoft 365 holds, and what they let ConsultFlow do there. */
export async function drawMicrosoft() {
  const found = await get("microsoft");
  if (!found) return;
  const guest = found.guest
    ? [el("p", { className: "note" }, "You are a guest here: your mail, calendar and files are in your own organization.")]
    : [];
  byId("microsoft").replaceChildren(el("h2", {}, "Microsoft 365"), ...guest,
    section("Sent mail", found.sent.map(mail), "Nothing has been sent as you."),
    section("Inbox", found.inbox.map(mail), "No mail has arrived."),
    section("Calendar", found.events.map(event), "No events are booked."),
    section("Posts", found.posts.map(posted), "Nobody's workflow has posted in a channel or chat."),
    section("Files", found.files.map(file), "No files yet."),
    section("People", found.people.map(person), "Nobody is here."),
    section("What ConsultFlow may do as you", found.consents.map(consent), "You have not agreed to anything yet."));
}
