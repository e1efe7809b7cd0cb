// Sends forms without leaving the page, shows what came of it, and asks before what cannot be undone.
import { ask, hide } from "./dialogs.js";
import { toast, sign } from "./toasts.js";

// Whoever leaves a form with something typed and not saved is asked first; to cancel is to say so.
export function serveGuard() {
  const form = document.querySelector("form[data-guard], .sheet form");
  if (!form) return;
  const words = () => new URLSearchParams(new FormData(form)).toString();
  const before = form.dataset.guard === "typed" ? null : words();
  form.addEventListener("click", (event) => { if (event.target.closest(".choices a")) form.dataset.sent = "1"; });
  addEventListener("beforeunload", (event) => { if (!("sent" in form.dataset) && words() !== before) event.preventDefault(); });
}

export function serveForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.dataset.confirm && !form.dataset.confirmed) {
      event.preventDefault();
      const button = event.submitter;
      if (await ask(form.dataset.confirm, button?.textContent.trim() || button?.title || undefined)) {
        form.dataset.confirmed = "1";
        form.requestSubmit(button);
        delete form.dataset.confirmed;
      }
      return;
    }
    const token = form.elements.namedItem("csrf");
    form.dataset.sent = "1";
    if (token) token.value = document.body.dataset.csrf; // parts that came by the stream hold none
    if ("here" in form.dataset) {
      event.preventDefault();
      await send(form, event.submitter);
    }
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-apply]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  if (!body.has("csrf")) body.set("csrf", document.body.dataset.csrf);
  const before = busy(button, form.dataset.busy);
  try {
    const address = button?.getAttribute("formaction") || form.action;
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) delete form.dataset.sent;
    if (!answer.ok) return place(form, told.problems) || toast(told.message ?? "That did not work.", "bad");
    hide();
    if (told.wait) return await result(told);
    toast(told.message, told.tone, told.link);
    if (told.go) location.assign(told.to);
    form.dispatchEvent(new CustomEvent("orario:done", { bubbles: true, detail: told }));
  } catch {
    delete form.dataset.sent;
    toast("The server does not answer.", "bad");
  } finally {
    before();
  }
}

// What is wrong stands at its field; whether each has found one.
function place(form, problems) {
  form.querySelectorAll(".wrong").forEach((field) => field.classList.remove("wrong"));
  let isAll = problems?.length > 0;
  for (const { place, message } of problems ?? []) {
    const name = String(place.at(0) === "taskArgs" ? place[1] ?? "args" : place[0] ?? "");
    const input = [name, `arg:${name}`, `json:${name}`].map((one) => form.elements.namedItem(one)).find((one) => one?.closest?.(".field"));
    if (!input) { isAll = false; continue; }
    const field = input.closest(".field"), words = field.querySelector("small") ?? field.appendChild(document.createElement("small"));
    words.id ||= `of-${input.name}`;
    words.textContent = message;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", words.id);
    if (!field.parentElement.querySelector(".wrong")) input.focus();
    field.classList.add("wrong");
  }
  return isAll;
}

// The work was started: say so, then say how it ended.
async function result(told) {
  const box = toast(told.message, "plain", told.link);
  box.firstElementChild.replaceWith(sign("spinner"));
  const answer = await fetch(told.wait, { headers: { Accept: "application/json" } });
  const ended = await answer.json();
  box.remove();
  toast(ended.message, ended.tone, ended.link);
}

function busy(button, words) {
  if (!button) return () => {};
  const content = [...button.childNodes];
  button.disabled = true;
  button.replaceChildren(sign("spinner"), words ?? button.textContent.trim());
  return () => { button.disabled = false; button.replaceChildren(...content); };
}
