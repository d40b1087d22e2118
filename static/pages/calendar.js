// The calendar: an appointment is dragged to another time, day or person; a refusal leaves it where it was. Free times fill the form.

const QUARTER = 15 * 60 * 1000;
let held = null;

const card = (event) => event.target.closest?.("[data-move]");
const rows = (event) => event.target.closest?.("[data-drop]");
const cell = (event) => event.target.closest?.("[data-drop-day]");

document.addEventListener("dragstart", (event) => {
  const dragged = card(event);
  if (!dragged) return;
  held = { card: dragged, grip: event.clientY - dragged.getBoundingClientRect().top };
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.href);
  requestAnimationFrame(() => dragged.classList.add("dragging"));
});

document.addEventListener("dragend", () => {
  held?.card.classList.remove("dragging");
  mark(null);
  held = null;
});

document.addEventListener("dragover", (event) => {
  const place = held && (cell(event) ?? (rows(event) && placeOf(event)?.slot));
  mark(place);
  if (place) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const day = held && cell(event);
  if (day) {
    event.preventDefault();
    move({ day: day.dataset.dropDay, ...("staff" in day.dataset && { staff: day.dataset.staff }) });
    return;
  }
  const place = held && rows(event) && placeOf(event);
  if (!place) return;
  event.preventDefault();
  const values = { start_at: new Date(new Date(place.slot.dataset.at).getTime() + place.quarter * QUARTER).toISOString() };
  if ("staff" in place.column.dataset) values.staff = place.column.dataset.staff;
  move(values);
});

function move(values) {
  // what goes wrong is said by app.js
  htmx.ajax("POST", held.card.dataset.move, { values, source: held.card, swap: "none" }).catch(() => {});
}

// Where the card's top would come to lie: a half hour, and whether its second quarter
function placeOf(event) {
  const column = rows(event);
  const slots = [...column.querySelectorAll(".slot[data-at]")];
  const top = event.clientY - held.grip + 4;
  const slot = slots.findLast((one) => one.getBoundingClientRect().top <= top) ?? slots[0];
  if (!slot) return null;
  const box = slot.getBoundingClientRect();
  return { column, slot, quarter: top - box.top >= box.height / 2 ? 1 : 0 };
}

function mark(slot) {
  for (const old of document.querySelectorAll(".drop-here")) if (old !== slot) old.classList.remove("drop-here");
  slot?.classList.add("drop-here");
}

document.addEventListener("click", (event) => {
  const time = event.target.closest("[data-fills]");
  if (!time) return;
  event.preventDefault();
  const input = document.querySelector(`[name=${time.dataset.field ?? "start_time"}]`);
  input.value = time.dataset.fills;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  if (time.dataset.field) input.dispatchEvent(new Event("change", { bubbles: true }));
  for (const other of time.parentElement.children) other.toggleAttribute("aria-current", other === time);
  time.setAttribute("aria-current", "true");
});

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
