// The command palette: "/" or Ctrl+K, then a few letters, then Enter.
import { hide, load } from "./dialogs.js";
import { sign } from "./toasts.js";

let palette = null, input = null, list = null, asked = 0, timer = 0;
let shown = null;  // for which words the list is; what is typed may be ahead of it
let isAwaited = false;  // Enter was pressed before the list for these words had come

export function servePalette() {
  const opener = document.querySelector("[data-palette]");
  if (!opener) return;
  opener.hidden = false;
  opener.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    const isCalled = (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) || (event.key === "k" && (event.ctrlKey || event.metaKey));
    if (!isCalled) return;
    event.preventDefault();
    open();
  });
}

function open() {
  hide();
  palette ?? make();
  if (!palette.open) palette.showModal();
  input.value = "";
  input.focus();
  list.replaceChildren();
  shown = null;
  look();
}

function make() {
  palette = document.createElement("dialog");
  palette.className = "palette";
  palette.setAttribute("aria-label", "Find or do");
  input = document.createElement("input");
  for (const [name, value] of Object.entries({ type: "text", placeholder: "A page, a job, an id of an execution, or “run …”", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-label": "Find or do", autocomplete: "off", spellcheck: "false" })) input.setAttribute(name, value);
  list = document.createElement("ul");
  list.id = "palette-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What was found");
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "↑ ↓ to choose, Enter to go, Esc to close";
  palette.append(input, list, hint);
  document.body.append(palette);
  palette.addEventListener("click", (event) => {
    if (event.target === palette) return palette.close();
    const row = event.target.closest("li");
    if (row) go(row);
  });
  palette.addEventListener("close", () => { isAwaited = false; });
  input.addEventListener("input", () => { isAwaited = false; clearTimeout(timer); timer = setTimeout(look, 80); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter") { event.preventDefault(); isAwaited = true; input.value === shown ? goOn() : look(); }
  });
}

async function look() {
  clearTimeout(timer);
  const turn = ++asked, words = input.value;
  const answer = await fetch(`${document.body.dataset.root}/palette?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  if (turn !== asked) return;
  list.replaceChildren(...found.map(row));
  choose(list.firstElementChild);
  shown = words;
  goOn();
}

// Enter means what is typed, never what was found for the letters before.
function goOn() {
  const row = chosen();
  if (isAwaited && row) go(row);
  isAwaited = false;
}

function row(entry, at) {
  const item = document.createElement("li");
  item.id = `palette-${at}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.href = entry.href;
  if (entry.dialog) item.dataset.dialog = "1";
  const words = document.createElement("span");
  words.textContent = entry.title;
  item.append(sign(entry.icon), words);
  if (entry.note) { const note = document.createElement("small"); note.textContent = entry.note; item.append(note); }
  return item;
}

function chosen() {
  return list.querySelector('[aria-selected="true"]');
}

function choose(row) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!row) return input.removeAttribute("aria-activedescendant");
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", row.id);
}

function move(by) {
  const rows = [...list.children];
  if (rows.length) choose(rows[(rows.indexOf(chosen()) + by + rows.length) % rows.length]);
}

function go(row) {
  palette.close();
  if (row.dataset.dialog) return load(row.dataset.href);
  location.assign(row.dataset.href);
}
