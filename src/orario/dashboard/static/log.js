// The log of an execution: follows what comes, fetches what came before, and never holds more than can be scrolled.
const MOST = 4000; // lines in the page
const RECENT = 1000; // of them while it follows: who wants more scrolls up, and gets it
const PACE = 100; // milliseconds between two additions: a thousand lines a second are ten of them
const EDGE = 400; // pixels from an end at which more is fetched

export function serveLog() {
  const box = document.querySelector("[data-log]");
  if (box) new Log(box);
}

class Log {
  constructor(box) {
    this.box = box;
    this.list = box.querySelector("ol");
    this.foot = document.querySelector("[data-log-foot]");
    this.form = document.querySelector("[data-log-form]");
    this.button = document.querySelector("[data-follow]");
    this.source = null;
    this.busy = false;
    this.pending = []; // what has come and is not in the list yet
    this.known = 0; // the last line of it
    this.timer = 0;
    this.isOver = !("running" in box.dataset);
    this.hasEarlier = !("whole" in box.dataset);
    this.hasLater = new URLSearchParams(location.search).has("before");
    this.furnish();
    this.press(!this.isOver && !this.hasLater);
    if (!this.hasLater) this.toEnd();
    if (!this.isOver && !this.hasLater) this.listen();
  }

  furnish() {
    document.querySelectorAll("[data-unneeded], [data-earlier]").forEach((one) => { one.hidden = true; });
    this.button.hidden = false;
    this.button.addEventListener("click", () => (this.isFollowing ? this.press(false) : this.latest()));
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.latest(); });
    this.form.elements.level.addEventListener("change", () => this.latest());
    let timer = 0;
    this.form.elements.q.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => this.latest(), 300); });
    addEventListener("beforeunload", () => this.source?.close());
  }

  query(more) {
    const query = new URLSearchParams(new FormData(this.form));
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    return query;
  }

  get first() { return this.list.firstElementChild?.dataset.id; }
  get last() { return Math.max(this.list.lastElementChild?.dataset.id ?? 0, this.known); }

  async fetch(more) {
    const answer = await fetch(`${this.box.dataset.log}?${this.query(more)}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) return location.reload();
    return answer.json();
  }

  // Anew from the end, as the filter wants it.
  async latest() {
    this.source?.close();
    const found = await this.fetch({});
    this.forget();
    this.list.innerHTML = found.html; // rendered and escaped by our own server
    this.hasEarlier = found.more;
    this.hasLater = false;
    this.tell(found.html.trim() ? "" : "No line is like this.");
    this.press(true);
    this.toEnd();
    if (!this.isOver) this.listen();
  }

  // The browser comes back by itself when the line is cut, and says which line it had last: none is lost.
  listen() {
    this.source?.close();
    this.source = new EventSource(`${this.box.dataset.log}/live?${this.query({ after: this.last })}`);
    this.source.addEventListener("lines", (event) => this.take(JSON.parse(event.data)));
    this.source.addEventListener("end", () => { this.add(); this.isOver = true; this.source.close(); this.tell(this.last ? "" : "It logged nothing."); this.press(false); });
    // Some answers end it for good, such as that of a proxy whose server is away: then it is asked again.
    this.source.addEventListener("error", ({ target }) => { if (target.readyState === EventSource.CLOSED) setTimeout(() => { if (target === this.source) this.listen(); }, 2000); });
  }

  take(news) {
    if (Number(news.last) <= this.last) return;
    this.pending.push(news.html);
    this.known = Number(news.last);
    this.timer ||= setTimeout(() => this.add(), PACE);
  }

  // What has come meanwhile, at once: the page is laid out once for it.
  add() {
    const html = this.pending.join("");
    this.forget();
    if (!html) return;
    if (!this.isFollowing && this.list.childElementCount >= MOST) {
      this.source.close(); // whoever reads further up gets the rest when they come down
      this.hasLater = true;
      return;
    }
    this.list.insertAdjacentHTML("beforeend", html);
    this.tell("");
    if (this.isFollowing) {
      this.drop("first", RECENT);
      this.toEnd();
    }
  }

  forget() {
    clearTimeout(this.timer);
    this.timer = this.known = 0;
    this.pending = [];
  }

  drop(end, most = MOST) {
    const surplus = this.list.childElementCount - most, isFirst = end === "first";
    if (surplus <= 0) return;
    const range = document.createRange(), lines = this.list.children;
    range.selectNodeContents(this.list);
    if (isFirst) range.setEndAfter(lines[surplus - 1]);
    else range.setStartBefore(lines[most]);
    range.deleteContents();
    if (isFirst) this.hasEarlier = true;
    else this.hasLater = true;
  }

  toEnd() {
    this.quiet = true;
    this.box.scrollTop = this.box.scrollHeight;
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.box, below = scrollHeight - clientHeight - scrollTop;
    if (this.quiet) { this.quiet = false; return; }
    if (below > 40 && this.isFollowing) this.press(false);
    if (below < 5 && !this.isFollowing && !this.hasLater && !this.isOver) this.press(true);
    if (scrollTop < EDGE && this.hasEarlier) this.more("before");
    if (below < EDGE && this.hasLater) this.more("after");
  }

  async more(side) {
    if (this.busy) return;
    this.busy = true;
    try {
      const isBefore = side === "before", height = this.box.scrollHeight, top = this.box.scrollTop;
      const found = await this.fetch(isBefore ? { before: this.first } : { after: this.last });
      this.list.insertAdjacentHTML(isBefore ? "afterbegin" : "beforeend", found.html);
      if (isBefore) {
        this.hasEarlier = found.more;
        this.box.scrollTop = top + this.box.scrollHeight - height; // what is read stays where it is
        this.drop("last");
        if (this.hasLater) this.source?.close();
      } else {
        this.hasLater = found.more;
        const before = this.box.scrollHeight;
        this.drop("first");
        this.box.scrollTop -= before - this.box.scrollHeight;
        if (!this.hasLater && !this.isOver) this.listen();
      }
    } finally {
      this.busy = false;
    this.pending = []; // what has come and is not in the list yet
    this.known = 0; // the last line of it
    this.timer = 0;
    }
  }

  press(isFollowing) {
    this.isFollowing = isFollowing && !this.isOver;
    this.button.setAttribute("aria-pressed", String(this.isFollowing));
    this.button.hidden = this.isOver;
  }

  tell(words) {
    this.foot.textContent = words;
  }
}

export function serveCopying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    const words = button.lastChild, before = words.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      words.textContent = "Copied";
      setTimeout(() => { words.textContent = before; }, 2000);
    });
  }
}
