// The customers' list, quicker: a row is one link, keys move over the rows, and "all matching" goes when a row is unpicked.

import "./customer_form.js";

const rows = () => [...document.querySelectorAll("[data-rows] tbody tr")];
const inTheWay = "a, button, form, input, label, select, summary, textarea";

function furnish() {
  for (const row of rows()) row.tabIndex = -1;
  furnishColumns();
}

function open(row, aside) {
  if (!row?.dataset.href) return;
  if (aside) window.open(row.dataset.href, "_blank", "noopener");
  else window.location.assign(row.dataset.href);
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-rows] tbody tr");
  if (!row || event.target.closest(inTheWay) || window.getSelection().toString()) return;
  open(row, event.ctrlKey || event.metaKey);
});

document.addEventListener("auxclick", (event) => {
  const row = event.target.closest("[data-rows] tbody tr");
  if (row && event.button === 1 && !event.target.closest(inTheWay)) open(row, true);
});

// Cells: a row that is pointed at or has the focus gets a pencil in each cell whose value can be edited there

function offerEditing(row) {
  const cells = row?.closest("[data-cells]")?.dataset.cells;
  if (!cells || row.dataset.editable !== undefined) return;
  row.dataset.editable = "";
  for (const head of document.querySelectorAll("[data-rows] th[data-edits]")) {
    const cell = row.cells[head.cellIndex];
    const edit = document.getElementById("cell-edit").content.firstElementChild.cloneNode(true);
    edit.href = cells.replace("00000000-0000-0000-0000-000000000000", row.dataset.open).replace("FIELD", head.dataset.edits);
    edit.setAttribute("hx-get", edit.href);
    edit.dataset.edit = `${row.id.slice(4)}-${head.dataset.edits}`;
    edit.querySelector("span").append(`: ${head.abbr}`);
    cell.append(edit);
  }
  htmx.process(row);
}

for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, ({ target }) => offerEditing(target.closest("[data-rows] tbody tr")));

let picked = false;

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  picked = target.closest("tr")?.querySelector("input.pick")?.checked ?? false;
});

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (!elt.matches("[data-rows] tbody tr")) return;
  if (picked) elt.querySelector("input.pick").checked = true;
  offerEditing(elt);
  furnish();
  elt.focus({ preventScroll: true });
  if (elt.dataset.open === opened()) preview(elt, false);
});

// Columns: moved in their menu or by their head, made wider and narrower at the head's edge; all of it is kept by the menu's form

const NARROWEST = 4;
const WIDEST = 40;

const columnsForm = () => document.getElementById("columns");
const heads = () => [...document.querySelectorAll("[data-rows] th[data-column]")];
const lineOf = (name) => columnsForm().querySelector(`[name=width_${name}]`).closest("li");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-moves]");
  if (!button) return;
  const line = button.closest("li");
  if (button.dataset.moves === "1") line.nextElementSibling?.after(line);
  else line.previousElementSibling?.before(line);
  button.focus();
});

function furnishColumns() {
  if (!columnsForm()) return;
  for (const button of document.querySelectorAll("[data-moves]")) button.hidden = false;
  for (const head of heads()) {
    if (head.querySelector(".col-edge")) continue;
    head.abbr = head.textContent.trim(); // what is read out with each cell
    const edge = document.createElement("span");
    edge.className = "col-edge";
    edge.tabIndex = 0;
    edge.role = "separator";
    edge.ariaOrientation = "vertical";
    edge.ariaLabel = `${head.closest("table").dataset.width} ${head.abbr}`;
    edge.ariaValueMin = NARROWEST;
    edge.ariaValueMax = WIDEST;
    edge.ariaValueNow = widthOf(head);
    head.append(edge);
    head.draggable = head.dataset.column !== "name";
    for (const link of head.querySelectorAll("a")) link.draggable = false;
  }
}

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const keptWidth = (head) => columnsForm().elements[`width_${head.dataset.column}`];
const widthOf = (head) => Number(keptWidth(head).value) || Math.round(head.offsetWidth / rem());

function setWidth(head, wanted) {
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.round(wanted)));
  keptWidth(head).value = width;
  head.closest("table").classList.add("list-rows-held");
  for (const row of head.closest("table").rows) {
    const cell = row.cells[head.cellIndex];
    cell.classList.remove(...[...cell.classList].filter((name) => /^md:(min|max)-w-/.test(name)));
    cell.classList.add(`md:min-w-${4 * width}`, `md:max-w-${4 * width}`, "md:truncate");
  }
  head.querySelector(".col-edge").ariaValueNow = width;
}

// in the background; what isn't kept, without a connection say, holds for this page. Columns that an address names are somebody's own
let keeping = null;

function keepColumns() {
  if (new URLSearchParams(location.search).has("columns")) return;
  const keep = () => fetch(columnsForm().action, { method: "POST", body: new FormData(columnsForm()), redirect: "manual" }).catch(() => {});
  clearTimeout(keeping);
  keeping = setTimeout(keep, 250);
}

document.addEventListener("pointerdown", (event) => {
  if (!event.target.matches(".col-edge")) return;
  event.preventDefault();
  const edge = event.target;
  const head = edge.closest("th");
  const [from, width] = [event.clientX, widthOf(head) * rem()];
  edge.setPointerCapture(event.pointerId);
  const move = ({ clientX }) => setWidth(head, (width + clientX - from) / rem());
  edge.addEventListener("pointermove", move);
  edge.addEventListener("lostpointercapture", () => {
    edge.removeEventListener("pointermove", move);
    keepColumns();
  }, { once: true });
});

document.addEventListener("keydown", (event) => {
  const step = event.target.matches(".col-edge") && { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const head = event.target.closest("th");
  setWidth(head, widthOf(head) + step);
  keepColumns();
});

let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("th[data-column]") ?? null;
});

document.addEventListener("dragover", (event) => {
  if (dragged && event.target.closest?.("th[data-column]")) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const place = dragged && event.target.closest?.("th[data-column]");
  if (!place || place === dragged) return;
  event.preventDefault();
  const line = lineOf(dragged.dataset.column);
  if (place.dataset.column === "name") line.parentElement.prepend(line);
  else if (place.cellIndex > dragged.cellIndex) lineOf(place.dataset.column).after(line);
  else lineOf(place.dataset.column).before(line);
  columnsForm().requestSubmit();
});

// "All matching" picks the page's rows too; unpicking one of them takes it back

document.addEventListener("change", (event) => {
  const everything = document.querySelector("[data-everything]");
  if (!everything) return;
  if (event.target === everything) {
    const all = document.querySelector("input.pick-all");
    if (all && all.checked !== everything.checked) {
      all.checked = everything.checked;
      all.dispatchEvent(new Event("change", { bubbles: true }));
    }
  } else if (event.target.matches("input.pick, input.pick-all") && !event.target.checked) everything.checked = false;
});

// The panel: a customer beside the list. The address keeps which one; keys that move over the rows take it along

const panel = document.getElementById("panel");
let entering = false;
let opener = null;
let moving = null;

const opened = () => panel?.querySelector("[data-panel]")?.dataset.panel ?? "";
const openedRow = () => rows().find((row) => row.dataset.open && row.dataset.open === opened());

function preview(row, enters) {
  entering = enters;
  row?.querySelector("[data-preview]")?.click();
}

function stepTo(by) {
  const all = rows();
  const next = all[all.indexOf(openedRow()) + by];
  next?.scrollIntoView({ block: "nearest" });
  preview(next, true);
}

function markOpened() {
  for (const way of panel.querySelectorAll("[data-panel-step]")) way.hidden = !openedRow();
  for (const row of rows()) row.toggleAttribute("data-opened", row === openedRow());
  const address = new URL(location.href);
  if (opened()) address.searchParams.set("open", opened());
  else address.searchParams.delete("open");
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

function closePanel() {
  const row = openedRow();
  panel.replaceChildren();
  markOpened();
  const back = [row, opener].find((place) => place?.isConnected) ?? document.querySelector("main [data-search]");
  back?.focus();
  opener = null;
}

document.addEventListener("click", (event) => {
  const way = event.target.closest("[data-panel-step]");
  if (way) stepTo(Number(way.dataset.panelStep));
  else if (event.target.closest("[data-close-panel]")) closePanel();
  else if (event.target.closest("[data-preview]") && event.isTrusted) {
    opener = event.target.closest("[data-preview]");
    entering = true;
  }
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  markOpened();
  if (target === panel && entering) document.getElementById("panel-title")?.focus();
  if (target === panel) entering = false;
});
document.addEventListener("htmx:pushedIntoHistory", markOpened);

// before the menus, which Escape closes first
document.addEventListener("keydown", (event) => {
  const busy = document.querySelector("dialog[open], details.menu[open]") || event.target.closest("form[data-escape], input[type=search]");
  if (event.key === "Escape" && opened() && !busy) closePanel();
}, true);

// Keys: off while typing

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, summary, dialog, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const all = rows();
  const inside = panel?.contains(event.target) ?? false;
  const here = all.indexOf(inside ? openedRow() : event.target.closest("[data-rows] tbody tr"));
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step && all.length && (event.key.length === 1 || (here >= 0 && !inside))) {
    event.preventDefault();
    const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
    if (!inside) next.focus();
    next.scrollIntoView({ block: "nearest" });
    clearTimeout(moving);
    if (opened()) moving = setTimeout(() => preview(next, inside), inside ? 0 : 120);
  } else if (event.key === "Enter" && event.target === all[here]) open(all[here], false);
  else if (event.key === "p" && panel && here >= 0) {
    event.preventDefault();
    if (all[here].dataset.open === opened()) closePanel();
    else preview(all[here], false);
  } else if (event.key === "e" && all[here]?.querySelector("[data-edit]")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    all[here].querySelector("[data-edit]").click();
  } else if (event.key === "x" && here >= 0) {
    event.preventDefault();
    all[here].querySelector("input.pick")?.click();
  }
});

furnish();
document.addEventListener("htmx:afterSettle", furnish);
