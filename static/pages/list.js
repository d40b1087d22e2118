// The customers' list, quicker: a row is one link, keys move over the rows, and "all matching" goes when a row is unpicked.

import "./customer_form.js";

const rows = () => [...document.querySelectorAll("[data-rows] tbody tr")];
const inTheWay = "a, button, input, label, select, summary, textarea";

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

// Keys: off while typing

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, summary, dialog, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const all = rows();
  const here = all.indexOf(document.activeElement?.closest("[data-rows] tbody tr"));
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step && all.length && (here >= 0 || event.key.length === 1)) {
    event.preventDefault();
    const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && event.target === all[here]) open(all[here], false);
  else if (event.key === "x" && here >= 0) {
    event.preventDefault();
    all[here].querySelector("input.pick")?.click();
  }
});

furnish();
document.addEventListener("htmx:afterSettle", furnish);
