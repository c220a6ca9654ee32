// <picture-notes>: a rectangle drawn on a picture goes into the fields of a new note, and what is typed there is shown on the picture.
// Without this file the part is typed in per cent.
const WHOLE = 10000;
const SIDES = ["left", "top", "width", "height"];
const SMALLEST = 100; // a hundredth of the picture's side; less is a slip of the finger

class PictureNotes extends HTMLElement {
  connectedCallback() {
    this.fold = document.getElementById(this.dataset.form ?? "");
    this.form = this.fold?.querySelector("form");
    if (!this.form?.elements.left) return;
    this.mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    this.mark.setAttribute("class", "pc-drawn");
    this.querySelector("svg").append(this.mark);
    this.classList.add("pc-draws");
    this.addEventListener("pointerdown", (event) => this.begin(event));
    this.addEventListener("pointermove", (event) => { if (this.from) this.drawn(event); });
    this.addEventListener("pointerup", (event) => this.end(event));
    this.addEventListener("pointercancel", () => { this.from = null; });
    this.form.addEventListener("input", () => this.shown());
    this.shown();
  }

  // Where the pointer is on the picture, in ten-thousandths of its sides, never outside.
  at(event) {
    const box = this.querySelector("img").getBoundingClientRect();
    const part = (point, start, size) => Math.min(Math.max(Math.round(((point - start) / size) * WHOLE), 0), WHOLE);
    return [part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)];
  }

  begin(event) {
    if (event.button !== 0 || event.target.closest("a")) return;
    event.preventDefault();
    this.from = this.at(event);
    this.setPointerCapture(event.pointerId);
  }

  drawn(event) {
    const to = this.at(event);
    const corner = this.from.map((side, axis) => Math.min(side, to[axis]));
    this.region = [...corner, ...this.from.map((side, axis) => Math.abs(side - to[axis]))];
    this.show(this.region);
  }

  end(event) {
    if (!this.from) return;
    this.drawn(event);
    this.from = null;
    if (Math.min(this.region[2], this.region[3]) < SMALLEST) return this.shown();
    SIDES.forEach((name, place) => { this.form.elements[name].value = String(this.region[place] / 100); });
    this.fold.open = true;
    this.form.elements.words.focus();
  }

  show(part) {
    ["x", "y", "width", "height"].forEach((name, place) => this.mark.setAttribute(name, String(part[place])));
  }

  // What stands in the fields, as far as it is a part of the picture.
  shown() {
    const typed = SIDES.map((name) => Math.round(Number(this.form.elements[name].value.replace(",", ".")) * 100));
    this.show(typed.every((side) => side >= 0 && side <= WHOLE) ? typed : [0, 0, 0, 0]);
  }
}

if (!customElements.get("picture-notes")) customElements.define("picture-notes", PictureNotes);
