// <cd-calendar>: a text is dragged to another day and its own form is sent with that day and the time it had. Without this file the form
// "Another time" does the same. The server decides; a refused move shows its reason and the text stays where it was.
class Calendar extends HTMLElement {
  connectedCallback() {
    this.querySelectorAll("[data-move]").forEach((entry) => { entry.draggable = true; });
    this.addEventListener("dragstart", (event) => this.begin(event));
    this.addEventListener("dragover", (event) => this.over(event));
    this.addEventListener("dragend", () => this.clear());
    this.addEventListener("drop", (event) => this.drop(event));
  }

  begin(event) {
    this.dragged = event.target.closest?.("[data-move]") ?? null;
    if (!this.dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.dragged.id);
  }

  // Only what was picked up here may be dropped here: words of another window are no text of ours.
  over(event) {
    const day = this.day(event);
    if (!this.dragged || !day) return;
    event.preventDefault();
    this.querySelectorAll(".over").forEach((other) => other.classList.toggle("over", other === day));
    day.classList.add("over");
  }

  day(event) {
    return event.target instanceof Element ? event.target.closest("[data-day]") : null;
  }

  drop(event) {
    const day = this.day(event), entry = this.dragged;
    this.clear();
    if (!day || !entry || day.contains(entry)) return;
    event.preventDefault();
    const form = entry.querySelector("form"), field = form.elements.due_at;
    field.value = `${day.dataset.day}T${field.value.slice(11, 16)}`;
    this.querySelector("[data-say]").textContent = this.dataset.moved;
    form.requestSubmit();
  }

  clear() {
    this.dragged = null;
    this.querySelectorAll(".over").forEach((day) => day.classList.remove("over"));
  }
}

customElements.define("cd-calendar", Calendar);
