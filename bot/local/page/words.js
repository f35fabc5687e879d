import { el } from "./dom.js";

let markdown;

function mentions(parser) {
  parser.inline.ruler.before("html_inline", "at", (state, silent) => {
    const found = /^<at>([^<]{1,200})<\/at>/.exec(state.src.slice(state.pos, state.pos + 220));
    if (!found) return false;
    if (!silent) {
      state.push("at_open", "span", 1).attrs = [["class", "mention"]];
      state.push("text", "", 0).content = found[1];
      state.push("at_close", "span", -1);
    }
    state.pos += found[0].length;
    return true;
  });
}

/** Turn markdown into HTML that holds no HTML of its writer: tags come out as text, images stay out. */
export function toHtml(text) {
  markdown ??= window.markdownit({ html: false, breaks: true, linkify: false }).disable("image").use(mentions);
  return markdown.render(text);
}

/** Give a bot's text as nodes. */
export function written(text, format) {
  if (format === "plain") return [text];
  const parsed = new DOMParser().parseFromString(toHtml(text), "text/html");
  for (const link of parsed.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  return [...parsed.body.childNodes];
}

/** Give a person's text as typed, the bot's mention in front. */
export function typed(text, mention) {
  return mention ? [el("span", { className: "mention" }, mention), ` ${text}`] : [text];
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const timeOf = (iso) => clock.format(new Date(iso));

export function dayOf(iso) {
  const date = new Date(iso);
  return date.toDateString() === new Date().toDateString() ? "Today" : day.format(date);
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}
