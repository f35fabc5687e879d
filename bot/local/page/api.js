import { notice } from "./dom.js";

/** Who this page acts as; every call carries it. */
export const who = { key: "asha" };

const GONE = "The local Teams is not running any more. Start it again with `make run`.";

async function call(path, options) {
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    notice(GONE);
    return null;
  }
  if (!reply.ok) {
    notice((await reply.text()).slice(0, 300) || "Something went wrong.");
    return null;
  }
  return reply.json();
}

/** Ask for something; null, with a sentence shown, when that fails. */
export function get(path, query = {}) {
  return call(`/local/${path}?${new URLSearchParams({ as: who.key, ...query })}`);
}

/** Do something; null, with a sentence shown, when that fails. */
export function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return call(`/local/${path}`, { method: "POST", headers, body: JSON.stringify({ as: who.key, ...body }) });
}

/** Hand over a file; gives its id, or null. */
export async function upload(file) {
  const query = new URLSearchParams({ as: who.key, name: file.name });
  const kept = await call(`/local/files?${query}`, { method: "POST", body: file });
  return kept?.id ?? null;
}

let source;

/** Hear what happens to this person, from now on; `missed` is called when some may have been lost. */
export function listen(heard, missed) {
  source?.close();
  source = new EventSource(`/local/events?${new URLSearchParams({ as: who.key })}`);
  let opened = false;
  source.onopen = () => { if (opened) missed(); opened = true; };
  source.onmessage = (event) => heard(JSON.parse(event.data));
}
