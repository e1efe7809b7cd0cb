// Shows news where it happens: by a stream, by asking now and then where no stream comes through.
import { fade } from "./toasts.js";

const POLL = 15000; // milliseconds
const PATIENCE = 3; // failures of the stream before it is given up
let source = null, failures = 0, polling = 0;
const waiting = new Map();

export function follow() {
  if (!regions().length) return;
  const sign = document.querySelector("[data-live]");
  if (sign) sign.hidden = false;
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  for (const name of ["pointerout", "focusout", "selectionchange"]) document.addEventListener(name, () => setTimeout(settle, 50));
  open();
}

function regions() {
  return [...document.querySelectorAll("[data-region]")];
}

function wanted() {
  const query = new URLSearchParams();
  for (const one of regions()) query.append("r", `${one.dataset.region}:${one.dataset.key}:${one.dataset.version}`);
  return query;
}

// A hidden page needs no stream, and browsers allow only a few to one server.
function close() {
  source?.close();
  source = null;
  clearInterval(polling);
}

function open() {
  close();
  if (failures >= PATIENCE || !window.EventSource) return poll();
  source = new EventSource(`${document.body.dataset.root}/live?${wanted()}`);
  source.addEventListener("open", () => { failures = 0; tell(true); });
  source.addEventListener("region", (event) => take(JSON.parse(event.data)));
  source.addEventListener("signed-out", () => location.reload());
  source.addEventListener("error", () => {
    tell(false);
    failures += 1;
    const isOver = source?.readyState === EventSource.CLOSED;
    if (isOver || failures >= PATIENCE) { close(); setTimeout(open, failures >= PATIENCE ? 0 : 3000); }
  });
}

function poll() {
  const look = async () => {
    try {
      const answer = await fetch(`${document.body.dataset.root}/live/once?${wanted()}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      tell(answer.ok);
      if (answer.ok) (await answer.json()).forEach(take);
    } catch { tell(false); }
  };
  look();
  polling = setInterval(look, POLL);
}

function tell(isLive) {
  const sign = document.querySelector("[data-live]");
  if (!sign) return;
  sign.classList.toggle("is-off", !isLive);
  sign.querySelector("span").textContent = isLive ? "live" : "connecting…";
}

function take(news) {
  const place = regions().find((one) => one.dataset.region === news.region && one.dataset.key === news.key);
  if (!place || place.dataset.version === news.version) return;
  waiting.set(place, news);
  settle();
}

// Nothing moves under the pointer, the focus or a selection: it waits until they have gone.
function settle() {
  for (const [place, news] of waiting) {
    if (isInUse(place)) continue;
    waiting.delete(place);
    place.innerHTML = news.html; // rendered and escaped by our own server
    place.dataset.version = news.version;
    fade(place);
    place.dispatchEvent(new CustomEvent("orario:fresh", { bubbles: true }));
  }
}

function isInUse(place) {
  const chosen = document.getSelection();
  return place.querySelector(":is(a, button, summary, tr, li):hover, :focus, details[open], dialog[open], input:checked") !== null
    || (chosen && !chosen.isCollapsed && place.contains(chosen.anchorNode));
}
