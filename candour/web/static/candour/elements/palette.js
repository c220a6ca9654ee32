// <cd-palette>: go to a screen, a case or a pasted link from anywhere (Ctrl K). Without this file the search box is a link to the same page.
const WAIT_MS = 120;

class Palette extends HTMLElement {
  connectedCallback() {
    this.dialog = null;
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("click", (event) => {
      const opener = event.target.closest("[data-palette]");
      if (opener) { event.preventDefault(); this.open(); }
    });
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); this.open(); }
    if (event.key === "?" && !inField(event.target) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      document.getElementById("keys")?.togglePopover();
    }
  }

  async open() {
    if (!this.dialog) this.build();
    if (!this.dialog.open) this.dialog.showModal();
    this.input.value = "";
    this.input.focus();
    await this.ask("");
  }

  build() {
    this.dialog = document.createElement("dialog");
    this.dialog.setAttribute("aria-label", this.dataset.title);
    this.dialog.innerHTML = '<form class="pal-form" role="search"><input name="q" type="search" autocomplete="off" spellcheck="false"></form><div class="pal-list"></div>';
    this.append(this.dialog);
    this.input = this.dialog.querySelector("input");
    this.list = this.dialog.querySelector(".pal-list");
    this.input.setAttribute("aria-label", this.dataset.title);
    this.input.placeholder = this.dataset.hint || "";
    this.input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(this.input.value), WAIT_MS); });
    this.input.addEventListener("keydown", (event) => this.steer(event));
    this.dialog.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); this.go(); });
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  async ask(words) {
    const asked = (this.asked = words);
    const response = await fetch(`${this.dataset.url}?list=1&q=${encodeURIComponent(words)}`, { headers: { Accept: "text/html" } });
    const html = await response.text();
    if (asked !== this.asked) return;
    this.list.innerHTML = html;
    this.select(0);
  }

  links() { return [...this.list.querySelectorAll("a")]; }

  select(index) {
    const links = this.links();
    if (!links.length) return;
    this.at = (index + links.length) % links.length;
    links.forEach((link, number) => link.classList.toggle("on", number === this.at));
    links[this.at].scrollIntoView({ block: "nearest" });
  }

  steer(event) {
    if (event.key === "ArrowDown") { event.preventDefault(); this.select(this.at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); this.select(this.at - 1); }
  }

  go() { this.links()[this.at ?? 0]?.click(); }
}

export function inField(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type);
}

customElements.define("cd-palette", Palette);
