// Links with data-dialog open their page in a dialog; where there is no script they are links.
import { toast } from "./toasts.js";

let dialog = null;

export function serveDialogs() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      await load(link.href);
    }
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      hide();
    }
  });
}

export async function load(address) {
  let answer;
  try {
    answer = await fetch(address, { headers: { "X-Orario-Dialog": "1" } });
  } catch {
    return toast("The server does not answer.", "bad");
  }
  if (answer.status === 401) return location.reload();
  show(await answer.text());
}

export function show(html) {
  dialog ??= make();
  dialog.innerHTML = html; // a page of our own server
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus], input:not([type=hidden]), button")?.focus();
  dialog.dispatchEvent(new CustomEvent("orario:fresh", { bubbles: true }));
}

export function hide() {
  dialog?.close();
}

function make() {
  const made = document.createElement("dialog");
  made.setAttribute("aria-labelledby", "dialog-title");
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  made.addEventListener("close", () => {
    const toasts = made.querySelector("#toasts");
    if (toasts) document.body.append(toasts);
  });
  document.body.append(made);
  return made;
}

// Ask before something is done; resolves to whether it shall be.
export function ask(question, yes = "Yes, do it") {
  const words = document.createElement("p");
  words.textContent = question;
  show(`<h2 id="dialog-title">Are you sure?</h2><div></div><div class="choices"><button type="button" data-close>Cancel</button><button type="button" class="button main" autofocus></button></div>`);
  dialog.querySelector("div").append(words);
  const button = dialog.querySelector(".main");
  button.textContent = yes;
  return new Promise((resolve) => {
    button.addEventListener("click", () => { resolve(true); hide(); }, { once: true });
    dialog.addEventListener("close", () => resolve(false), { once: true });
  });
}
