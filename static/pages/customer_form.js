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

for (const button of document.querySelectorAll("[data-add-pair]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const rows = button.parentElement.querySelectorAll(".pair");
    const row = rows[rows.length - 1].cloneNode(true);
    for (const input of row.querySelectorAll("input")) {
      input.value = "";
      input.removeAttribute("id");
    }
    button.before(row);
    row.querySelector("input").focus();
  });
}
