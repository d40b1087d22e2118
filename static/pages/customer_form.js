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
