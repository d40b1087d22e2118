// What every page does quicker with JavaScript; each of it also works without.

const root = document.documentElement;
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);

// htmx: the token that counts now (signing in changes it), and failures said aloud. Without a connection nothing pretends to be
// saved and nothing that was typed is lost: what couldn't be sent stays as it is, what couldn't be read is dimmed and read again later

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = cookie("csrftoken") ?? "";
});

document.addEventListener("htmx:responseError", (event) => {
  const number = event.detail.xhr.getResponseHeader("X-Request-ID") ?? "";
  say(`${document.body.dataset.failed} ${number}`, "error");
});

const unread = new Map();

function lose(event) {
  const { elt, target, requestConfig, pathInfo } = event.detail;
  offline(true);
  if (requestConfig.verb === "get") {
    target?.classList.add("stale");
    unread.set(target, { path: pathInfo.finalRequestPath, swap: elt.closest("[hx-swap]")?.getAttribute("hx-swap") ?? "innerHTML" });
  } else say(event.type === "htmx:timeout" ? document.body.dataset.unanswered : document.body.dataset.unsent, "error");
}

document.addEventListener("htmx:sendError", lose);
document.addEventListener("htmx:timeout", lose);
document.addEventListener("htmx:afterOnLoad", (event) => {
  offline(false);
  unread.delete(event.detail.target);
  event.detail.target?.classList.remove("stale");
});

function offline(is) {
  const strip = document.getElementById("offline");
  if (strip) strip.hidden = !is;
}

function readAgain() {
  for (const [target, { path, swap }] of unread) if (target?.isConnected) htmx.ajax("GET", path, { target, swap }).catch(() => {});
  if (!unread.size) reached().then((is) => offline(!is));
}

const reached = () => fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(10000) }).then(() => true, () => false); // any answer

window.addEventListener("offline", () => offline(true));
window.addEventListener("online", readAgain);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-read-again]")) readAgain();
});

function say(text, level) {
  const toast = document.getElementById("said").content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast-${level}`);
  toast.querySelector("p").textContent = text;
  document.getElementById("toasts")?.append(toast);
  furnishToasts();
}

// Toasts go by themselves after a while, unless they are being looked at or offer Undo; a new one takes the place of its kind

function furnishToasts() {
  const fresh = $$("[data-toast]:not([data-ready])");
  const kind = (toast) => [...toast.classList].find((name) => name.startsWith("toast-")); // htmx adds classes of its own
  for (const old of $$("[data-toast][data-ready]")) if (fresh.some((toast) => kind(toast) === kind(old))) old.remove();
  for (const toast of fresh) {
    toast.dataset.ready = "";
    const close = toast.querySelector("[data-dismiss]");
    close.hidden = false;
    close.addEventListener("click", () => toast.remove());
    const stays = toast.querySelector("form") ? 15000 : 7000;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 3000) : toast.remove());
    if (!toast.matches(".toast-error, .toast-progress")) setTimeout(leave, stays);
  }
}

// Dialogs

function furnishDialogs(within = document) {
  for (const dialog of $$("dialog[data-open]", within)) {
    dialog.removeAttribute("data-open");
    if (!dialog.open) dialog.showModal();
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
  if (event.target.closest("[data-why-not]")) event.preventDefault();
  if (event.target.matches("dialog.dialog, dialog.drawer")) event.target.close();
  for (const menu of $$("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("signed-in", () => {
  document.getElementById("sign-in")?.close();
  const token = cookie("csrftoken");
  for (const input of $$("input[name=csrfmiddlewaretoken]")) input.value = token;
});

// A click on an appointment shows it over the page; with Ctrl, or without scripts, its page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-glance]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  htmx.ajax("GET", link.dataset.glance, { target: "#overlay", swap: "innerHTML" }).catch(() => {});
});

// Preferences take effect at once and are kept in the background

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.matches("[data-preference]") && button?.name) {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form, button), redirect: "manual" }).catch(() => offline(true));
    if (button.name === "theme" && button.value === "system") delete root.dataset.theme;
    else root.dataset[button.name] = button.value;
    if (button.name === "sidebar") button.value = button.value === "open" ? "collapsed" : "open";
    for (const other of $$(`button[name=${button.name}][aria-pressed]`, form)) other.setAttribute("aria-pressed", String(other === button));
  }
});

// What is written in a short form goes along to the page with the long one

const CARRIED = 2000; // letters; an address takes no more

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-carries]");
  if (!link) return;
  const form = link.closest("form");
  const text = form.elements[link.dataset.carries].value;
  if (!text || text.length > CARRIED) return;
  const address = new URL(link.href);
  address.searchParams.set(link.dataset.as, text);
  link.href = address;
  typed.delete(form);
});

// What is done again and again: the page that follows begins where one was typing

document.addEventListener("submit", ({ target }) => {
  if (target.dataset.again) sessionStorage.setItem("again", target.dataset.again);
}, true);

document.getElementById(sessionStorage.getItem("again"))?.focus();
sessionStorage.removeItem("again");

// Forms: changes are guarded, a second click sends nothing, and what was typed leaves the page only when somebody is there to take it

const typed = new WeakSet();
const sure = new WeakSet();

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.method === "post" && !form.matches("#selection, [data-unguarded]")) typed.add(form);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  if (form.elements.submission) {
    event.preventDefault();
    sendFromHere(form, event.submitter);
    return;
  }
  if (typed.has(form) && !sure.delete(form)) {
    event.preventDefault();
    sendWhenReached(form, event.submitter);
    return;
  }
  typed.delete(form);
  setTimeout(() => delete form.dataset.sent, 4000);
});

// A page's form is sent from the page, so that a refusal is no answer in the browser's history, which Back would ask to send again

async function sendFromHere(form, submitter) {
  const fields = new FormData(form, submitter);
  const body = form.enctype === "multipart/form-data" ? fields : new URLSearchParams(fields);
  const headers = { "HX-Request": "true", "HX-Boosted": "true" };
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers, signal: AbortSignal.timeout(60000) });
    offline(false);
    const next = answer.headers.get("HX-Redirect") ?? (answer.redirected ? answer.url : "");
    if (next) {
      typed.delete(form);
      goOn(next);
    } else if (answer.headers.get("Content-Type")?.startsWith("text/html") && answer.status < 500) {
      typed.delete(form);
      showInstead(await answer.text());
    } else say(`${document.body.dataset.failed} ${answer.headers.get("X-Request-ID") ?? ""}`, "error");
  } catch (error) {
    const late = error.name === "TimeoutError";
    offline(true);
    say(late ? document.body.dataset.unanswered : document.body.dataset.unsent, "error");
  }
  delete form.dataset.sent;
}

function goOn(address) {
  const next = new URL(address, location.href);
  if (next.href === location.href || (next.hash && next.href.split("#")[0] === location.href.split("#")[0])) {
    history.replaceState(history.state, "", next);
    location.reload();
  } else location.assign(next);
}

function showInstead(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.body.replaceChildren(...page.body.childNodes);
  htmx.process(document.body);
  htmx.trigger(document.body, "htmx:load", { elt: document.body });
  furnish(document);
  (document.querySelector("[data-errors]") ?? document.getElementById("content"))?.focus();
}

async function sendWhenReached(form, submitter) {
  const there = await reached();
  delete form.dataset.sent;
  offline(!there);
  if (there) {
    sure.add(form);
    form.requestSubmit(submitter);
  } else say(document.body.dataset.unsent, "error");
}

window.addEventListener("beforeunload", (event) => {
  if ($$("form").some((form) => typed.has(form) && form.isConnected)) event.preventDefault();
});

window.addEventListener("pageshow", () => {
  for (const form of $$("form[data-sent]")) delete form.dataset.sent;
});

// Back finds a page where it was left; no cache keeps pages, so that the browser alone can't

const frames = () => [document.scrollingElement, ...$$(".table-frame")];
const placeOf = () => `place ${location.href}`;

window.addEventListener("pagehide", () => {
  sessionStorage.setItem(placeOf(), JSON.stringify(frames().map((frame) => [frame.scrollLeft, frame.scrollTop])));
});

if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
  const places = JSON.parse(sessionStorage.getItem(placeOf()) ?? "[]");
  for (const [number, frame] of frames().entries()) if (places[number]) frame.scrollTo(...places[number]);
}

// Picking rows

function countPicked() {
  const bar = document.getElementById("selection");
  if (!bar) return;
  const boxes = $$("input.pick");
  const picked = boxes.filter((box) => box.checked).length;
  bar.hidden = picked === 0;
  for (const place of $$("[data-picked]", bar)) place.textContent = picked;
  for (const all of $$("input.pick-all")) {
    all.hidden = false;
    all.checked = boxes.length > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
  }
}

let lastPicked = null;

document.addEventListener("click", (event) => {
  if (!event.target.matches("input.pick")) return;
  const boxes = $$("input.pick");
  const [here, before] = [boxes.indexOf(event.target), boxes.indexOf(lastPicked)];
  if (event.shiftKey && before >= 0) {
    for (const box of boxes.slice(Math.min(here, before), Math.max(here, before) + 1)) box.checked = event.target.checked;
  }
  lastPicked = event.target;
  countPicked();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("input.pick-all")) {
    for (const box of $$("input.pick")) box.checked = event.target.checked;
  }
  if (event.target.matches("input.pick, input.pick-all")) countPicked();
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// Keys: off while typing

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    event.target.closest("form[data-escape]")?.querySelector("[data-cancel]").click();
    for (const menu of $$("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const target = event.key === "/" ? document.querySelector("main [data-search]") ?? document.querySelector("[data-search]") : shortcut(event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.focus();
  else target.click();
});

function shortcut(key) {
  const items = $$("[data-shortcut]").filter((item) => item.dataset.shortcut === key);
  return items.find((item) => item.closest("main")) ?? items[0];
}

// Ctrl or ⌘ and Enter send what is written

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-sends]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// Copying what is shown once

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  source.select();
  await navigator.clipboard.writeText(source.value);
  button.querySelector("span").textContent = button.dataset.copied;
});

// Showing the password that one types

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveals]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  input.focus();
});

// Printing what is shown once

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

// What was chosen before htmx was there, on a slow connection, is heeded too

document.addEventListener("htmx:load", ({ detail }) => {
  for (const part of $$("[data-follows-form]", detail.elt)) {
    const form = part.closest("form");
    if ([...form.elements].some(isChanged)) form.dispatchEvent(new Event("change"));
  }
});

function isChanged(field) {
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return "defaultValue" in field && field.value !== field.defaultValue;
}

// What came with the page, and with every fragment

function furnish(within) {
  furnishToasts();
  furnishDialogs(within);
  countPicked();
  for (const button of $$("[data-print][hidden], [data-reveals][hidden]", within)) button.hidden = false;
  if (navigator.clipboard) for (const button of $$("[data-copy][hidden]", within)) button.hidden = false;
}

furnish(document);
document.addEventListener("htmx:afterSettle", ({ target }) => {
  furnish(target);
  target.querySelector?.("[data-errors]")?.focus();
});
document.addEventListener("htmx:oobAfterSwap", furnishToasts);
document.querySelector("[data-errors]")?.focus();
document.querySelector("form[data-at-once]")?.submit();
