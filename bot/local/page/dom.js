/** Make an element: properties, `on…` listeners, `data`/`aria` maps, then children (text stays text). */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name in made && name !== "role") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

export const byId = (id) => document.getElementById(id);

const HUES = ["a", "b", "c", "d", "e"];

/** Draw a round avatar with initials into an element; the same name always has the same colour. */
export function paintAvatar(place, name, kind = "person") {
  const words = name.split(/\s+/).filter(Boolean);
  const initials = (words[0]?.[0] ?? "") + (words.length > 1 ? words.at(-1)[0] : "");
  let sum = 0;
  for (const letter of name) sum += letter.codePointAt(0);
  place.textContent = kind === "bot" ? "CF" : initials.toUpperCase();
  place.className = `avatar ${kind === "bot" ? "bot" : `hue-${HUES[sum % HUES.length]}`} ${kind === "team" ? "square" : ""}`;
  return place;
}

export const avatar = (name, kind) => paintAvatar(el("span", { "aria-hidden": "true" }), name, kind);

let noticeEnds;

/** Show a sentence for a few seconds, read out at once. */
export function notice(sentence) {
  const place = byId("notice");
  place.textContent = sentence;
  place.hidden = false;
  clearTimeout(noticeEnds);
  noticeEnds = setTimeout(() => { place.hidden = true; }, 8000);
}
