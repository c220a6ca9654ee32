// <inbox-keys>: moves through the rows by key, keeps the preview beside them, tells of new rows without moving any.
// Everything it does is also a link or a form on the page.
import { inField } from "./palette.js";

const POLL_MS = 10_000;
const STILL = new Set(["j", "k", "x", "/"]);

class InboxKeys extends HTMLElement {
  connectedCallback() {
    this.rows = [...this.querySelectorAll("[data-key].ib-row")];
    this.at = Math.max(this.rows.findIndex((row) => row.classList.contains("sel")), 0);
    this.seen = new Map();
    this.onkeydown_ = (event) => this.key(event);
    document.addEventListener("keydown", this.onkeydown_);
    this.addEventListener("click", (event) => this.pick(event));
    this.addEventListener("change", (event) => this.changed(event));
    this.addEventListener("mouseover", (event) => this.why(event));
    this.timer = setInterval(() => this.poll(), POLL_MS);
    this.dress();
    if (this.rows.length) this.ahead();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkeydown_);
    clearInterval(this.timer);
  }

  get preview() { return this.querySelector("[data-preview]"); }
  get wide() { return this.preview && getComputedStyle(this.preview).display !== "none"; }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || document.querySelector("dialog[open], [popover]:popover-open")) return;
    const key = event.key;
    if (key === "Escape") return this.closeMenus();
    if (key === "Enter" && event.target.closest("a, button, summary")) return;
    if (STILL.has(key)) { event.preventDefault(); return this.move(key); }
    if (/^[1-9]$/.test(key)) return this.press(this.preview?.querySelectorAll("[data-answer]")[Number(key) - 1], event);
    if (["Enter", "r", "h", "a", "d"].includes(key)) return this.act(key, event);
  }

  move(key) {
    if (key === "/") { location.href = this.dataset.search; return; }
    if (!this.rows.length) return;
    if (key === "x") { this.tick(); return; }
    this.choose(Math.min(Math.max(this.at + (key === "j" ? 1 : -1), 0), this.rows.length - 1));
  }

  act(key, event) {
    const target = this.wide ? this.preview.querySelector(`[data-key="${key}"]`) : null;
    if (target) return this.press(target, event);
    const row = this.rows[this.at];
    if (row && key !== "h") { event.preventDefault(); location.href = row.dataset.url + (key === "r" ? "#reply" : ""); }
  }

  press(target, event) {
    if (!target) return;
    event.preventDefault();
    target.click();
    if (target.tagName === "SUMMARY") target.parentElement.querySelector("input:not([type=hidden]), select")?.focus();
  }

  tick() {
    const box = this.rows[this.at].querySelector("input[type=checkbox]");
    if (box.disabled) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async choose(index) {
    this.rows[this.at]?.classList.remove("sel");
    this.rows[this.at]?.removeAttribute("aria-current");
    this.at = index;
    const row = this.rows[index];
    row.classList.add("sel");
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    if (!this.wide) return;
    const html = await this.load(row.dataset.key);
    if (this.rows[this.at] !== row || html === null) return;
    this.preview.innerHTML = html;
    this.dress();
    history.replaceState(null, "", this.address({ row: row.dataset.key }));
    this.ahead();
  }

  ahead() {
    const next = this.rows[this.at + 1];
    if (next && this.wide) this.load(next.dataset.key);
  }

  load(key) {
    if (!this.seen.has(key)) {
      const asked = fetch(this.address({}, this.dataset.rowUrl.replace("KEY", key))).then((answer) => (answer.ok ? answer.text() : null));
      this.seen.set(key, asked);
      setTimeout(() => this.seen.delete(key), POLL_MS);
    }
    return this.seen.get(key);
  }

  address(changes, path = location.pathname) {
    const asked = new URLSearchParams(location.search);
    Object.entries(changes).forEach(([name, value]) => asked.set(name, value));
    return asked.size ? `${path}?${asked}` : path;
  }

  pick(event) {
    const row = event.target.closest(".ib-row");
    if (!row || event.target.closest("a, input, button, summary, details") || !this.wide) return;
    this.choose(this.rows.indexOf(row));
  }

  changed(event) {
    if (event.target.matches(".ib-filters select")) return event.target.form.requestSubmit();
    if (!event.target.matches(".ib-row input[type=checkbox]")) return;
    const ticked = this.querySelectorAll(".ib-row input:checked");
    const bulk = this.querySelector("[data-bulk]");
    bulk.hidden = ticked.length === 0;
    bulk.querySelector("[data-bulk-count]").textContent = ticked.length;
    bulk.querySelectorAll("input[name=post]").forEach((old) => old.remove());
    ticked.forEach((box) => bulk.append(Object.assign(document.createElement("input"), { type: "hidden", name: "post", value: box.value.slice(1) })));
  }

  why(event) {
    const mark = event.target.closest("mark[data-reason]");
    if (!mark || !this.preview?.contains(mark)) return;
    this.preview.querySelectorAll("mark.act").forEach((old) => old.classList.remove("act"));
    this.preview.querySelectorAll(`mark[data-reason="${mark.dataset.reason}"]`).forEach((one) => one.classList.add("act"));
    this.preview.querySelectorAll("[data-why]").forEach((pop) => { pop.hidden = pop.dataset.why !== mark.dataset.reason; });
  }

  dress() {
    this.preview?.querySelectorAll("[data-digit]").forEach((hint, number) => { hint.textContent = number < 9 ? number + 1 : ""; hint.hidden = number > 8; });
  }

  closeMenus() { this.querySelectorAll("details[open]").forEach((menu) => { menu.open = false; }); }

  async poll() {
    if (document.hidden) return;
    const headers = this.tag ? { "If-None-Match": this.tag } : {};
    const answer = await fetch(this.address({ since: this.dataset.since }, this.dataset.newUrl), { headers, cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return;
    this.tag = answer.headers.get("ETag");
    this.querySelector("[data-pill]").innerHTML = await answer.text();
  }
}

customElements.define("inbox-keys", InboxKeys);
