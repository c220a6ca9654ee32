// <review-desk>: opens the forms of the verdicts as dialogs, takes the chosen words into a new note, and gives the review its keys.
// Without this file the forms stand at the end of the page and the buttons lead there.
import { inField, stepFinding } from "./live-check.js";

// Moves the focus to the next or previous note and marks its words in the text.
function stepNote(root, by) {
  const notes = [...root.querySelectorAll(".ap-note")];
  if (!notes.length) return;
  const at = notes.findIndex((note) => note.classList.contains("act"));
  const next = at < 0 && by < 0 ? notes.length - 1 : (at + by + notes.length) % notes.length;
  notes.forEach((note, number) => note.classList.toggle("act", number === next));
  const note = notes[next];
  note.tabIndex = -1;
  note.focus({ preventScroll: true });
  note.scrollIntoView({ block: "nearest" });
  root.querySelectorAll("mark[data-reason]").forEach((mark) => mark.classList.toggle("act", mark.dataset.reason === note.dataset.note));
}

// The words of the new text in a range: without what is only read out and without what was taken away.
function wordsOf(range) {
  const part = range.cloneContents();
  part.querySelectorAll(".sr, del").forEach((node) => node.remove());
  return part.textContent;
}

class ReviewDesk extends HTMLElement {
  connectedCallback() {
    this.sheets = new Map();
    for (const sheet of this.querySelectorAll("[data-sheet]")) this.sheets.set(sheet.id, this.dialogAround(sheet));
    this.addEventListener("click", (event) => this.click(event));
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    const refused = this.querySelector("[data-sheet][data-open]");
    if (refused) this.open(refused.id);
    else if (this.sheets.has(location.hash.slice(1))) this.open(location.hash.slice(1));
  }

  disconnectedCallback() { document.removeEventListener("keydown", this.onKey); }

  dialogAround(sheet) {
    const dialog = document.createElement("dialog");
    dialog.className = "cd-dialog ap-dialog";
    dialog.setAttribute("aria-labelledby", sheet.getAttribute("aria-labelledby"));
    sheet.replaceWith(dialog);
    dialog.append(sheet);
    // A secret is never left standing in a closed dialog.
    dialog.addEventListener("close", () => dialog.querySelectorAll("input[type=password]").forEach((field) => { field.value = ""; }));
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    return dialog;
  }

  open(id) {
    const dialog = this.sheets.get(id);
    if (!dialog || dialog.open) return;
    dialog.showModal();
    dialog.querySelector("[data-first]")?.focus();
  }

  click(event) {
    const opener = event.target.closest("[data-open-sheet]");
    const closer = event.target.closest("[data-close]");
    if (opener && this.sheets.has(opener.dataset.openSheet)) {
      event.preventDefault();
      this.open(opener.dataset.openSheet);
    } else if (closer && closer.closest("dialog")) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || document.querySelector("dialog[open]")) return;
    const act = {
      "]": () => stepFinding(this, 1),
      "[": () => stepFinding(this, -1),
      A: () => this.open("sign"),
      X: () => this.open("changes"),
      n: () => stepNote(this, 1),
      p: () => stepNote(this, -1),
      c: () => this.note(),
      v: () => this.whole(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  // The words chosen in the text go into the new note; the server finds them there and keeps the nearest place.
  note() {
    const form = this.querySelector("#new-note");
    if (!form) return;
    const chosen = document.getSelection();
    const range = chosen.rangeCount && !chosen.isCollapsed ? chosen.getRangeAt(0) : null;
    const begins = range?.startContainer;
    const text = (begins instanceof Element ? begins : begins?.parentElement)?.closest(".ap-read");
    form.open = true;
    if (text?.contains(range.endContainer)) {
      const before = document.createRange();
      before.setStart(text, 0);
      before.setEnd(range.startContainer, range.startOffset);
      form.querySelector("[name=quote]").value = wordsOf(range);
      form.querySelector("[name=near]").value = [...wordsOf(before)].length;
    }
    form.querySelector("[name=words]").focus();
  }

  whole() {
    const text = this.querySelector("#whole");
    if (!text || text.hidden) return;
    text.open = !text.open;
    if (text.open) text.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("review-desk", ReviewDesk);
