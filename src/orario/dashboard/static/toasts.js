// Short messages at the corner; they go by themselves, errors later than the rest.
const SIGNS = { good: "check", bad: "alert", plain: "dot" };

export function toast(text, tone = "good", link = null) {
  const box = document.createElement("div");
  box.className = `toast t-${tone}`;
  box.append(sign(SIGNS[tone] ?? "dot"));
  const words = document.createElement("span");
  words.textContent = text;
  if (link) {
    const more = document.createElement("a");
    more.href = link;
    more.textContent = "Look";
    words.append(" ", more);
  }
  box.append(words);
  place().append(box);
  leave(box);
  return box;
}

// An open dialog lies above everything else: messages must lie in it to be seen.
function place() {
  const open = document.querySelector("dialog[open]");
  const toasts = document.getElementById("toasts");
  if (open && !open.contains(toasts)) open.append(toasts);
  if (!open && toasts.parentElement !== document.body) document.body.append(toasts);
  return toasts;
}

export function fade(within) {
  within.querySelectorAll(".toast").forEach(leave);
}

function leave(box) {
  setTimeout(() => box.remove(), box.classList.contains("t-bad") ? 12000 : 6000);
}

export function sign(name) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  icon.setAttribute("class", `icon i-${name}`);
  icon.setAttribute("aria-hidden", "true");
  use.setAttribute("href", new URL(`icons.svg#${name}`, import.meta.url).href);
  icon.append(use);
  return icon;
}
