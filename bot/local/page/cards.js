import { post } from "./api.js";
import { el } from "./dom.js";
import { toHtml } from "./words.js";

const configs = {};

/** Fetch the Teams host configs; done once, before the first card. */
export async function loadCards() {
  const { AdaptiveCards } = window;
  for (const theme of ["light", "dark"]) {
    configs[theme] = await (await fetch(`/parts/teams-${theme}.json`)).json();
  }
  AdaptiveCards.GlobalSettings.setTabIndexAtCardRoot = false;
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = toHtml(text);
    result.didProcess = true;
  };
}

function open(url) {
  if (/^(https?|mailto):/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
}

/** The button that Teams shows where it cannot sign somebody in by itself. */
export function signInLink(url) {
  return el("a", { className: "ac-pushButton style-positive", href: url, target: "_blank", rel: "noopener" }, "Sign in");
}

async function press(action, message, frame) {
  const { AdaptiveCards } = window;
  const kind = action.getJsonTypeName();
  if (kind === AdaptiveCards.OpenUrlAction.JsonTypeName) return open(action.url);
  if (frame.dataset.busy) return undefined;
  const said = frame.querySelector(":scope > .outcome");
  frame.dataset.busy = "1";
  frame.setAttribute("aria-busy", "true");
  said.textContent = "";
  const sent = { type: kind, id: action.id, verb: action.verb, data: action.data ?? {} };
  const answer = await post("press", { room: message.room, message: message.id, action: sent });
  delete frame.dataset.busy;
  frame.removeAttribute("aria-busy");
  said.textContent = answer?.failure ?? answer?.text ?? "";
  said.classList.toggle("wrong", Boolean(answer?.failure));
  if (answer?.signIn) said.append(" ", signInLink(answer.signIn));
  return undefined;
}

/** Draw a card as Teams does, or a sentence when it cannot be drawn. */
export function drawCard(json, message) {
  const { AdaptiveCards } = window;
  const frame = el("div", { className: "card" }, el("p", { className: "outcome", role: "status" }));
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig(configs[document.documentElement.dataset.theme]);
  card.onExecuteAction = (action) => press(action, message, frame);
  card.onAnchorClicked = (_, anchor) => { open(anchor.href); return true; };
  let drawn;
  try {
    card.parse(json);
    drawn = card.render();
  } catch (error) {
    console.error(error);
  }
  frame.prepend(drawn ?? el("p", { className: "wrong" }, "This card could not be shown."));
  return frame;
}
