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
