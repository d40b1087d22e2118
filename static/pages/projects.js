// The board of projects: a card is dragged to another status. The menu on each card does the same by keyboard.

let held = null;

const column = (event) => event.target.closest?.("[data-status]");

document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.(".kanban-card[data-move]") ?? null;
  if (!held) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.querySelector("a").href);
  requestAnimationFrame(() => held?.classList.add("dragging"));
});

document.addEventListener("dragend", () => {
  held?.classList.remove("dragging");
  mark(null);
  held = null;
});

document.addEventListener("dragover", (event) => {
  const place = held && column(event);
  mark(place);
  if (place) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const place = held && column(event);
  if (!place) return;
  event.preventDefault();
  if (place.contains(held)) return;
  const values = { status: place.dataset.status, next: location.pathname + location.search };
  // what goes wrong is said by app.js
  htmx.ajax("POST", held.dataset.move, { values, source: held, swap: "none" }).catch(() => {});
});

function mark(place) {
  for (const old of document.querySelectorAll(".kanban-column.drop-here")) if (old !== place) old.classList.remove("drop-here");
  place?.classList.add("drop-here");
}
