// Boxes that search as one types have no name of their own: theirs is the label of the list that they stand for.

addEventListener("load", () => {
  for (const list of document.querySelectorAll("select.select2-hidden-accessible")) {
    const name = list.labels[0]?.innerText.trim() ?? list.name;
    const box = list.nextElementSibling?.querySelector("[role=combobox]");
    for (const part of [box, box?.querySelector("[role=textbox]")]) part?.setAttribute("aria-label", name);
  }
  // of two frames that scroll each has a name
  document.querySelector("#nav-sidebar-apps [role=region]")?.setAttribute("aria-label", "Menu");
});

// One box ticks all the boxes of its group, or none.

addEventListener("change", ({ target }) => {
  const group = target.closest("fieldset");
  if (target.matches("[data-ticks-all]")) {
    for (const box of group.querySelectorAll("[type=checkbox]")) box.checked = target.checked;
  } else {
    const all = group?.querySelector("[data-ticks-all]");
    if (all) all.checked = !group.querySelector("[type=checkbox]:not([data-ticks-all]):not(:checked)");
  }
});
