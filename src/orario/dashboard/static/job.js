// A job's menu, and its form that says while somebody types what it means: the schedule in words, its next fires, what saving changes.
const PAUSE = 300; // milliseconds without a key before it is asked

// Menus close when somebody turns away from them.
export function serveMenus() {
  const open = () => document.querySelectorAll("details.more[open]");
  document.addEventListener("click", (event) => open().forEach((menu) => {
    if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false;
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") open().forEach((menu) => { menu.open = false; menu.firstElementChild.focus(); });
  });
}

export function serveMeaning() {
  const form = document.querySelector("form[data-meaning]");
  if (!form) return;
  const place = document.getElementById("preview");
  let waiting = 0, asking = null;
  form.querySelectorAll("[data-unneeded]").forEach((one) => { one.hidden = true; });
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.meaning, { method: "POST", body, signal: asking.signal });
      if (!answer.ok) return;
      const html = await answer.text();
      if (place.dataset.html !== html) place.innerHTML = place.dataset.html = html; // escaped by our own server
    } catch { /* the next key asks again */ }
  };
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
    event.target.closest(".field.wrong")?.classList.remove("wrong");
  });
  // Another task has other arguments: the whole form comes anew, with all that was typed.
  form.elements.namedItem("task").addEventListener("change", () => form.requestSubmit(form.querySelector('[data-unneeded][value="look"]')));
}
