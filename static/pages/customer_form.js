// Forms of customers: suggestions while several words are typed between commas, and further rows of custom fields.

document.addEventListener("input", (event) => {
  const input = event.target;
  const list = input.list;
  if (!list || input.dataset.words === undefined) return;
  list.words ??= [...list.options].map((option) => option.value);
  const before = input.value.slice(0, input.value.lastIndexOf(",") + 1);
  const typed = new Set(before.split(",").map((word) => word.trim()));
  list.replaceChildren(...list.words.filter((word) => !typed.has(word)).map((word) => new Option("", before ? `${before} ${word}` : word)));
});

const reveal = (part) => part.querySelectorAll("[data-add-pair]").forEach((button) => (button.hidden = false));
reveal(document);
document.addEventListener("htmx:load", (event) => reveal(event.detail.elt));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-pair]");
  if (!button) return;
  const rows = button.parentElement.querySelectorAll(".pair");
  const row = rows[rows.length - 1].cloneNode(true);
  for (const input of row.querySelectorAll("input")) {
    input.value = "";
    input.removeAttribute("id");
  }
  button.before(row);
  row.querySelector("input").focus();
});

// One value edited where it stands: Enter saves, Escape cancels, Tab saves and goes on to the next; afterwards the focus is there again

let next = null;

const edits = () => [...document.querySelectorAll("[data-edit], [data-one]")].filter((part) => part.checkVisibility());
const nameOf = (part) => part?.dataset.edit ?? part?.dataset.one;

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("form[data-one]");
  if (!form || event.target.closest(".fact-foot")) return;
  if (event.key === "Tab") {
    const all = edits();
    const to = all[all.indexOf(form) + (event.shiftKey ? -1 : 1)];
    if (!to) return;
    event.preventDefault();
    next = { name: nameOf(to), opens: true };
    if (hasChanged(form)) form.requestSubmit();
    else form.querySelector("[data-cancel]").click();
  } else if (event.key === "Escape") next = { name: form.dataset.one };
});

document.addEventListener("submit", ({ target }) => {
  if (target.dataset.one && !next) next = { name: target.dataset.one };
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  target.querySelector?.(":scope > form[data-one] input:not([type=hidden], [type=checkbox], [type=date])")?.select();
  const wrong = document.querySelector("form[data-one] :is(.error, [data-errors])");
  const trigger = next && document.querySelector(`[data-edit="${CSS.escape(next.name)}"]`);
  if (wrong) {
    wrong.closest("form").querySelector("input:not([type=hidden]), textarea, select")?.focus();
  } else if (trigger) {
    trigger.closest("details")?.setAttribute("open", "");
    if (next.opens) trigger.click();
    else trigger.focus();
  } else return;
  next = null;
});

function hasChanged(form) {
  return [...form.elements].some((field) => {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;
  });
}
