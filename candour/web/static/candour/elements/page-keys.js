// <page-keys>: presses what a key is written beside. `data-key` names the key on a link, button, summary or field; "Ctrl+Enter" works in fields too.
// Says to colleagues that somebody writes here. Everything it presses can be pressed without it.
import { inField } from "./palette.js";

const WRITES_MS = 5_000;

class PageKeys extends HTMLElement {
  connectedCallback() {
    this.onkeydown_ = (event) => this.key(event);
    document.addEventListener("keydown", this.onkeydown_);
    this.addEventListener("input", (event) => this.writes(event));
    if (location.hash === "#reply") this.target("r")?.focus();
    if (location.hash === "#close") { const menu = document.getElementById("close"); if (menu) menu.open = true; }
  }

  disconnectedCallback() { document.removeEventListener("keydown", this.onkeydown_); }

  target(key) {
    const found = [...document.querySelectorAll(`[data-key="${key}"]`)];
    return found.find((one) => !one.disabled && one.checkVisibility?.() !== false);
  }

  key(event) {
    const name = event.ctrlKey || event.metaKey ? `Ctrl+${event.key}` : event.key;
    if (event.altKey || document.querySelector("dialog[open], [popover]:popover-open")) return;
    if (event.key === "Escape") return this.escape(event);
    if (inField(event.target) && name !== "Ctrl+Enter") return;
    const target = name === "Enter" ? null : this.target(name);
    if (!target) return;
    event.preventDefault();
    this.press(target);
  }

  press(target) {
    if (/^(TEXTAREA|INPUT|SELECT)$/.test(target.tagName)) { target.focus(); target.scrollIntoView({ block: "center" }); return; }
    target.click();
    if (target.tagName === "SUMMARY") target.parentElement.querySelector("select, input:not([type=hidden])")?.focus();
  }

  escape(event) {
    document.querySelectorAll("details.cd-menu[open]").forEach((menu) => { menu.open = false; });
    if (inField(event.target)) event.target.blur();
  }

  writes(event) {
    if (!event.target.matches("[data-writes]") || !this.dataset.presence) return;
    if (Date.now() - (this.told ?? 0) < WRITES_MS) return;
    this.told = Date.now();
    fetch(`${this.dataset.presence}?doing=writing`).catch(() => null);
  }
}

customElements.define("page-keys", PageKeys);
