// Keeps "5 minutes ago" true, and tells the server in which zone the reader lives.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

export function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { root, zone: shown } = document.body.dataset;
  if (!zone || "zoneChosen" in document.body.dataset || document.cookie.includes(`orario_zone=${zone}`)) return;
  document.cookie = `orario_zone=${zone}; path=${root || "/"}; max-age=31536000; samesite=lax`;
  if (zone !== shown && !sessionStorage.getItem("zone-told")) {
    sessionStorage.setItem("zone-told", "1");
    if (document.querySelector("time") && document.cookie.includes("orario_zone=")) location.reload();
  }
}

export function relative(moment, now = Date.now()) {
  const seconds = (moment - now) / 1000, size = Math.abs(seconds);
  if (size < 2) return "now";
  const text = rough(size);
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

function rough(size) {
  if (size < 60) return `${Math.floor(size)} seconds`;
  const [unit, seconds] = UNITS.find(([, seconds]) => size >= seconds);
  const count = Math.floor(size / seconds);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

// How long something lasts until now: "3 m 20 s".
export function lasting(seconds) {
  seconds = Math.max(0, Math.round(seconds));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} m`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds % 86400 / 3600)} h`;
}

export function tick() {
  for (const time of document.querySelectorAll("time[data-form]")) {
    const { form } = time.dataset, moment = Date.parse(time.dateTime);
    const text = form === "relative" ? relative(moment) : form === "since" ? lasting((Date.now() - moment) / 1000) : null;
    if (text !== null && time.textContent !== text) time.textContent = text;
  }
  setTimeout(tick, document.hidden ? 10000 : 1000);
}
