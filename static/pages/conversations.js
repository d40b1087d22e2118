// A thread: asks for news only while it is looked at and stays at its end.

const frame = document.querySelector(".said-frame");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-poll]") && document.hidden) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  const poll = document.querySelector("[data-poll]");
  if (poll && !document.hidden) htmx.trigger(poll, "look");
});

document.addEventListener("htmx:afterSettle", () => {
  for (const day of document.querySelectorAll(".said-day[data-newer]")) {
    const [last, first] = [day.previousElementSibling?.querySelector(".said-date"), day.querySelector(".said-date")];
    if (last?.textContent === first?.textContent) first.remove();
    day.removeAttribute("data-newer");
    frame?.scrollTo({ top: 0 });
  }
});

// Saved replies: "/" at the beginning of a word offers them, further letters choose among their names

const replies = document.querySelector("[data-replies]");
const text = document.querySelector("textarea[data-sends]");

if (replies && text) {
  const offered = [...replies.querySelectorAll("option[data-text]")];
  const list = document.createElement("ul");
  list.className = "reply-list";
  list.id = "reply-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", replies.querySelector("label").textContent);
  text.before(list);
  text.setAttribute("aria-controls", list.id);
  text.setAttribute("aria-autocomplete", "list");
  let here = 0;

  const typed = () => /(^|\s)\/([^\n/]{0,40})$/.exec(text.value.slice(0, text.selectionStart));
  const options = () => [...list.children];

  const close = () => {
    list.hidden = true;
    text.removeAttribute("aria-activedescendant");
  };

  const mark = (place) => {
    here = (place + options().length) % options().length;
    for (const [index, option] of options().entries()) option.setAttribute("aria-selected", index === here);
    text.setAttribute("aria-activedescendant", options()[here].id);
    options()[here].scrollIntoView({ block: "nearest" });
  };

  const offer = () => {
    const words = typed()?.[2].toLowerCase();
    const found = words === undefined ? [] : offered.filter((option) => option.textContent.toLowerCase().includes(words));
    list.replaceChildren(
      ...found.map((option, index) => {
        const item = document.createElement("li");
        item.id = `reply-${index}`;
        item.setAttribute("role", "option");
        item.textContent = option.textContent;
        item.dataset.text = option.dataset.text;
        return item;
      }),
    );
    if (!found.length) return close();
    list.hidden = false;
    mark(0);
  };

  const take = async (item) => {
    const slash = typed();
    close();
    const answer = await fetch(item.dataset.text);
    if (!answer.ok || !slash) return;
    const [end, start] = [text.selectionStart, text.selectionStart - slash[2].length - 1];
    text.setRangeText(await answer.text(), start, end, "end");
    text.focus();
  };

  text.addEventListener("input", offer);
  text.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    if (event.target.dataset.text) take(event.target);
  });
  text.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const acts = { ArrowDown: () => mark(here + 1), ArrowUp: () => mark(here - 1), Enter: () => take(options()[here]), Tab: () => take(options()[here]), Escape: close };
    if (!acts[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  });
}
