// The customers' list, quicker: a row is one link, keys move over the rows, and "all matching" goes when a row is unpicked.

import "./customer_form.js";

const rows = () => [...document.querySelectorAll("[data-rows] tbody tr")];
const inTheWay = "a, button, form, input, label, select, summary, textarea";

function furnish() {
  for (const row of rows()) row.tabIndex = -1;
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
  for (const cell of row.querySelectorAll("td[data-cell]")) {
    const edit = document.getElementById("cell-edit").content.firstElementChild.cloneNode(true);
    edit.href = cells.replace("00000000-0000-0000-0000-000000000000", row.dataset.open).replace("FIELD", cell.dataset.cell);
    edit.setAttribute("hx-get", edit.href);
    edit.dataset.edit = `${row.id.slice(4)}-${cell.dataset.cell}`;
    edit.querySelector("span").append(`: ${headOf(cell)}`);
    cell.append(edit);
  }
  htmx.process(row);
}

const headOf = (cell) => cell.closest("table").tHead.rows[0].cells[cell.cellIndex].textContent.trim();

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
let moving = null;

const opened = () => panel.querySelector("[data-panel]")?.dataset.panel ?? "";
const openedRow = () => rows().find((row) => row.dataset.open && row.dataset.open === opened());

function preview(row, enters) {
  entering = enters;
  row?.querySelector("[data-preview]")?.click();
}

function markOpened() {
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
  (row ?? document.querySelector("main [data-search]"))?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-panel]")) closePanel();
  else if (event.target.closest("[data-preview]") && event.isTrusted) entering = true;
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
  const inside = panel.contains(event.target);
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
  else if (event.key === "p" && here >= 0) {
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
