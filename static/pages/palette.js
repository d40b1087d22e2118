// The palette over any page, the list of keys, and keys that lead somewhere after `g`. Off while typing.

const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const options = () => [...palette.querySelectorAll("[role=option]")];
const KEPT = 5;

// Who was looked at lately: ids alone, which the server shows to whom it may

const remembered = () => (localStorage.getItem("recent") ?? "").split(",").filter(Boolean);
const looked = location.pathname.match(/^\/app\/customers\/([0-9a-f-]{36})\//)?.[1];
if (looked) localStorage.setItem("recent", [looked, ...remembered().filter((id) => id !== looked)].slice(0, KEPT + 1).join(","));

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (target === field && !field.value) detail.parameters.recent = remembered().filter((id) => id !== looked).slice(0, KEPT).join(",");
});

function open() {
  if (!palette || document.querySelector("dialog[open]")) return;
  field.value = "";
  palette.showModal();
  field.focus();
  htmx.trigger(field, "look");
}

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (option) {
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else field.removeAttribute("aria-activedescendant");
}

const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "palette-results") choose(options()[0]);
});

palette?.addEventListener("keydown", (event) => {
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) {
    event.preventDefault();
    choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    chosen()?.click();
  }
});

palette?.addEventListener("focusin", ({ target }) => {
  if (target.matches("[role=option]")) choose(target);
});

palette?.addEventListener("click", (event) => {
  if (event.target.closest("[role=option]") || event.target === palette) palette.close();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open();
});

let going = 0;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
    return;
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const went = Date.now() - going < 1500;
  going = event.key === "g" ? Date.now() : 0;
  const place = went && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  if (place) {
    event.stopImmediatePropagation();
    event.preventDefault();
    place.click();
  } else if (event.key === "?" && document.body.dataset.keys) htmx.ajax("GET", document.body.dataset.keys, { target: "#overlay" });
});

if (/Mac|iPhone|iPad/.test(navigator.userAgent)) for (const key of document.querySelectorAll("[data-palette] .kbd")) key.textContent = "⌘ K";
