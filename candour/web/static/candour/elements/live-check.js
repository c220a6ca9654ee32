// <live-check>: asks the server what the rules say while a draft is typed and swaps the findings. Without this file the "Check" button does it.
const WAIT_MS = 400;
const REGIONS = ["ap-verdict", "ap-findings", "ap-claims", "ap-plain", "ap-reading", "ap-count", "ap-previews", "ap-can"];

export function inField(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

// Moves the focus to the next or previous finding inside `root` and marks it as the current one.
export function stepFinding(root, by) {
  const cards = [...root.querySelectorAll(".cd-finding")];
  if (!cards.length) return;
  const at = cards.findIndex((card) => card.classList.contains("act"));
  const next = at < 0 && by < 0 ? cards.length - 1 : (at + by + cards.length) % cards.length;
  cards.forEach((card, number) => card.classList.toggle("act", number === next));
  const card = cards[next];
  const focusable = card.querySelector("summary") ?? card;
  if (focusable === card) card.tabIndex = -1;
  focusable.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  const rule = card.id.replace("finding-", "");
  root.querySelectorAll("mark[data-reason]").forEach((mark) => mark.classList.toggle("act", mark.dataset.reason === rule));
}

class LiveCheck extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form#desk");
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    if (!this.form) return;
    this.kept = this.typed();
    this.keptNote = this.querySelector("[data-kept]");
    this.keptWords = this.keptNote?.innerHTML ?? "";
    // After a refusal the field holds words the server does not have; they count as not kept from the start.
    this.dirty = this.form.elements.text.value !== this.dataset.savedText;
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", () => { this.leaving = true; });
    this.addEventListener("click", (event) => this.mend(event));
    this.onLeave = (event) => { if (this.dirty && !this.leaving) event.preventDefault(); };
    window.addEventListener("beforeunload", this.onLeave);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    if (this.onLeave) window.removeEventListener("beforeunload", this.onLeave);
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  typed() {
    const { title, text, alt_text: alt, picture_words: within } = this.form.elements;
    return JSON.stringify([title.value, text.value, alt?.value, within?.value]);
  }

  changed() {
    this.dirty = this.typed() !== this.kept;
    if (this.keptNote) {
      if (this.dirty) this.keptNote.textContent = this.dataset.unsaved;
      else this.keptNote.innerHTML = this.keptWords;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), WAIT_MS);
  }

  // "Fix" leads to the words: the field gets the focus with the first marked run of this rule selected.
  mend(event) {
    const fix = event.target.closest('.cd-three button[value="fix"]');
    if (!fix) return;
    const rule = fix.form.elements.rule.value;
    const mark = [...this.querySelectorAll("#ap-reading mark[data-reason]")].find((one) => one.dataset.reason === rule);
    if (!mark) return;
    event.preventDefault();
    const words = [...mark.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
    const field = this.form.elements.text;
    const at = field.value.indexOf(words);
    field.focus();
    if (at >= 0) field.setSelectionRange(at, at + words.length);
  }

  // One question at a time: a newer text makes the older answer worthless.
  async check() {
    this.asking?.abort();
    this.asking = new AbortController();
    const body = new FormData(this.form);
    body.set("part", "1");
    body.delete("picture"); // a file is looked at when it is kept, not at every letter
    try {
      const response = await fetch(this.dataset.url, { method: "POST", body, signal: this.asking.signal });
      if (!response.ok) throw new Error(String(response.status));
      this.swap(await response.text());
    } catch (problem) {
      if (problem.name !== "AbortError") this.say(this.dataset.failed);
    }
  }

  swap(html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    for (const id of REGIONS) {
      const [old, fresh] = [document.getElementById(id), answer.getElementById(id)];
      // Words somebody is typing into a reason are never taken away under their hands.
      if (!old || !fresh || old.contains(document.activeElement)) continue;
      if (id === "ap-verdict") {
        // The live region itself stays, so that a screen reader hears the new verdict, once.
        if (old.textContent.trim() !== fresh.textContent.trim()) old.replaceChildren(...fresh.childNodes);
        old.className = fresh.className;
      } else {
        old.replaceWith(fresh);
      }
    }
  }

  say(words) {
    const verdict = document.getElementById("ap-verdict");
    if (!verdict) return;
    verdict.className = "ap-verdict review";
    verdict.textContent = words;
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && this.form) {
      event.preventDefault();
      this.form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    if (event.key === "]") stepFinding(this, 1);
    if (event.key === "[") stepFinding(this, -1);
  }
}

if (!customElements.get("live-check")) customElements.define("live-check", LiveCheck);
