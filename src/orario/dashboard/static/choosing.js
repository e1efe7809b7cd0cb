// Rows that can be chosen: one box for all, a range with Shift, and a bar that says what can be done with them.
export function serveChoosing() {
  document.querySelectorAll("[data-choosing]").forEach(serve);
  document.addEventListener("orario:fresh", (event) => event.target.querySelectorAll?.("[data-choosing]").forEach(serve));
}

function serve(list) {
  const all = list.querySelector("[data-all]"), bar = list.querySelector("[data-chosen]");
  if (!all || !bar) return;
  const boxes = () => [...list.querySelectorAll("input[data-row]")];
  let last = null;
  const show = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    bar.hidden = chosen === 0;
    bar.querySelector("[data-count]").textContent = `${chosen} chosen`;
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
  };
  all.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); show(); });
  list.addEventListener("click", (event) => {
    if (!event.target.matches("input[data-row]")) return;
    const rows = boxes(), at = rows.indexOf(event.target);
    if (event.shiftKey && last !== null) rows.slice(Math.min(at, last), Math.max(at, last) + 1).forEach((box) => { box.checked = event.target.checked; });
    last = at;
    show();
  });
  list.querySelector("[data-none]")?.addEventListener("click", () => { boxes().forEach((box) => { box.checked = false; }); show(); });
  show();
}
