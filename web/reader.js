// tidings: quieter ways to do what forms and links do without a script.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const article = $("main[data-story] > article");
const make = (name, text = "", props = {}) => Object.assign(document.createElement(name), { textContent: text }, props);

// ---- marks, quietly

const labels = {
  read: ["unread", "Mark unread"], unread: ["read", "Mark read"],
  star: ["unstar", "Unstar"], unstar: ["star", "Star"],
};

async function post(path, form) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(form),
    keepalive: true,
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const told = await answer.json();
  showCounts(told.counts, true);
  return told;
}

// show makes a mark button and its story look as if it had been pressed.
function show(button, name) {
  const [next, label] = labels[name];
  const row = button.closest(".row") ?? article;
  button.name = next;
  if (button.firstChild) button.firstChild.data = label;
  if (button.title) button.title = `${label} (${next.endsWith("star") ? "s" : "m"})`;
  if (name.endsWith("star")) row.classList.toggle("starred", name === "star");
  else row.classList.toggle("unread", name === "unread");
}

// press does what a mark button says, shown at once, taken back on failure, and
// offers to undo it, unless it is no more than that a story was opened.
async function press(button, quiet) {
  const { name, value } = button;
  show(button, name);
  try {
    const told = await post("/mark", { [name]: value });
    if (told.undo && !(quiet && $(".flash form"))) last = told.undo;
    if (told.undo && !quiet) toast(told.text, told.undo);
  } catch {
    show(button, button.name);
    toast("That could not be saved. Is tidings still running?");
  }
}

// ---- undo: a toast for ten seconds, and the key z for as long as the server knows

let last, spoken, fading;

function toast(text, undo) {
  spoken ??= document.body.appendChild(make("div", "", { className: "note toast" }));
  spoken.setAttribute("role", "status");
  spoken.hidden = false;
  spoken.replaceChildren(make("p", text));
  if (undo) spoken.append(make("button", "Undo", { type: "button", title: "Undo (z)", onclick: takeBack }));
  fade(spoken);
}

// Who is at the toast with pointer or focus isn't hurried.
function fade(note) {
  clearTimeout(fading);
  fading = setTimeout(() => (note.matches(":hover, :focus-within") ? fade(note) : (note.hidden = true)), 10000);
}

async function takeBack() {
  const form = $(".flash form");
  if (!last && form) return form.requestSubmit();
  if (!last) return toast("There is nothing to undo.");
  const undo = last;
  last = null;
  try {
    const { text, name, stories = [] } = await post("/undo", { undo });
    for (const id of stories) {
      for (const b of all(`button[value="${id}"]`)) if (b.name === name) show(b, name);
    }
    toast(text);
  } catch {
    last = undo;
    toast("That could not be undone. Is tidings still running?");
  }
}

if ($(".flash form")) fade($(".flash"));

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || !labels[button.name]) return;
  event.preventDefault();
  press(button);
});

// What the whole lacks is 0.
function showCounts(counts, whole) {
  for (const el of all("[data-count]")) {
    const n = counts[el.dataset.count];
    if (whole || n !== undefined) el.textContent = n || "";
  }
}

// An opened story is read; the page that a GET brought changed nothing yet.
if ($("main[data-story]:not([data-read])")) {
  const button = $('article button[name="read"]');
  const mark = () => button?.name === "read" && press(button, true);
  if (document.prerendering) document.addEventListener("prerenderingchange", mark, { once: true });
  else mark();
}

// ---- times

// The server's rule: how long ago within a day, then the time of day.
function short(then, now) {
  const minutes = Math.floor((now - then) / 60000);
  if (minutes < 0 || minutes >= 1440) return then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (minutes < 1) return "now";
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

setInterval(() => {
  const now = Date.now();
  for (const t of all("#river time")) t.textContent = short(new Date(t.dateTime), now);
}, 30000);

// ---- the cursor

const rows = () => all("#river .row");
let current = null;

function select(row) {
  if (!row) return;
  current?.removeAttribute("aria-current");
  current = row;
  row.setAttribute("aria-current", "true");
  $("h3 a", row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  touched = true;
}

function step(by, opening) {
  const list = rows();
  const at = list.indexOf(current);
  const to = at >= 0 ? list[at + by] : by > 0 ? list.find((r) => r.getBoundingClientRect().bottom > 60) ?? list[0] : list.at(-1);
  if (!to) return follow(by > 0 ? '.pager [rel="next"]' : '.pager [rel="prev"]');
  if (opening) for (const r of list) if (r !== to) shut(r);
  select(to);
  if (opening) open(to);
}

const follow = (selector) => $(selector)?.click();

// ---- a story opened in its row

const shut = (row) => $(".opened", row)?.remove();

function open(row) {
  const mark = $('button[name="read"]', row);
  if (mark) press(mark, true);
  if ($(".opened", row)) return;
  const box = row.appendChild(make("div", "", { className: "opened" }));
  const { href } = $("h3 a", row);
  load(href, (page) => {
    const text = page && $("article > .text", page);
    if (!box.isConnected) return;
    if (text) box.append(document.adoptNode(text));
    const p = make("p");
    p.append(make("a", "Sources and more on the story’s page", { href }));
    box.append(p);
    row.scrollIntoView({ block: row.offsetHeight > innerHeight ? "start" : "nearest" });
  });
}

// load reads a page of ours. (A document that XMLHttpRequest parsed runs no script
// and needs no trusted types.)
function load(address, then) {
  const asking = new XMLHttpRequest();
  asking.open("GET", address);
  asking.responseType = "document";
  asking.onloadend = () => then(asking.response);
  asking.send();
}

// Expanded (key 1) or list (key 2): whether j and k open what they come to.
const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* then it is for this page only */ } };
let opens = kept("opens") !== "off";
function mode(on) {
  keep("opens", (opens = on) ? "on" : "off");
  if (!on) rows().forEach(shut);
  toast(on ? "j and k open stories." : "j and k move only.");
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("#river .row");
  if (!row || row === current) return;
  current?.removeAttribute("aria-current");
  current = row;
  row.setAttribute("aria-current", "true");
});

// Back from a story, the cursor stands where it was.
if (location.hash.startsWith("#s") && $("#river")) select(document.getElementById(location.hash.slice(1)));

// ---- keys

const here = () => article ?? current;
const button = (...names) => names.map((n) => here() && $(`button[name="${n}"]`, here())).find(Boolean);
const act = (...names) => { const b = button(...names); if (b) press(b); };

const keys = {
  j: [() => (article ? follow('.pager [rel="next"]') : step(1, opens)), "open the next story"],
  k: [() => (article ? follow('.pager [rel="prev"]') : step(-1, opens)), "open the previous story"],
  n: [() => step(1), "next story, without opening it"],
  p: [() => step(-1), "previous story, without opening it"],
  o: [() => (article ? follow(".pager .up") : current && ($(".opened", current) ? shut(current) : open(current))), "open or close the story in its row; on its page, back to the river"],
  i: [() => current && $("h3 a", current).click(), "the story’s page"],
  u: [() => follow(".pager .up"), "back to the river"],
  c: [() => (article ? follow("#walk") : current && goTo($("h3 a", current), "#sources")), "on a story’s page: walk its sources; in the river: its sources"],
  x: [() => $('.copy.shown button[name="entry"]')?.click(), "split the shown source off: not the same story"],
  e: [() => (article ? jump("related") : current && follow(".row[aria-current] .kin")), "the event: related coverage"],
  v: [() => here() && $("a.out", here())?.click(), "the original, in a new tab"],
  m: [() => act("read", "unread"), "mark read or unread"],
  s: [() => act("star", "unstar"), "star or unstar"],
  f: [() => act("star", "unstar")],
  z: [() => takeBack(), "undo the last marking, split or join"],
  A: [() => $("#mark-all")?.requestSubmit(), "mark all read"],
  1: [() => mode(true), "j and k open stories"],
  2: [() => mode(false), "j and k move only"],
  " ": [null, "scroll; at the end, the next story"],
  N: [() => feed(1), "next feed or folder"],
  P: [() => feed(-1), "previous feed or folder"],
  J: [() => feed(1, true), "open the next feed with unread stories"],
  K: [() => feed(-1, true), "open the previous feed with unread stories"],
  g: [() => { chord = true; }, "then u or h: unread, a: all, s: starred, t: today, b: big stories, f: feeds"],
  r: [() => location.reload(), "reload"],
  "?": [() => help(), "this list"],
};

const places = { u: "/", h: "/", a: "/?view=all", s: "/?view=starred", t: "/?view=today", b: "/?view=all&order=sources", f: "/feeds" };
let chord = false;

const goTo = (link, anchor) => location.assign(link.href.replace(/#.*/, "") + anchor);

function jump(id) {
  const heading = document.getElementById(`${id}-title`);
  if (!heading) return toast("There is no related coverage.");
  heading.tabIndex = -1;
  heading.focus();
}

// feed moves through the index, or opens what has unread stories.
function feed(by, unread) {
  const links = all("#index li a").filter((a) => !unread || $("b", a).textContent);
  const from = links.indexOf(document.activeElement);
  const at = from >= 0 ? from : links.findIndex((a) => a.ariaCurrent);
  const to = at < 0 && by < 0 ? links.at(-1) : links[at + by];
  if (!to) return;
  if (unread) return to.click();
  const index = $("#index");
  if (!to.offsetParent && index.showPopover && !index.matches(":popover-open")) index.showPopover();
  to.focus();
}

// space scrolls as ever, until there is nothing left to scroll to.
function space(event) {
  const end = ($(".opened", current ?? document) && current ? current.getBoundingClientRect().bottom : document.documentElement.getBoundingClientRect().bottom);
  if (end > innerHeight + 2 && !event.shiftKey || event.shiftKey && scrollY > 2) return;
  event.preventDefault();
  keys[event.shiftKey ? "k" : "j"][0]();
}

const off = () => kept("keys") === "off";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog, audio, video") || off()) return;
  if (chord) {
    chord = false;
    if (!places[event.key]) return;
    event.preventDefault();
    return location.assign(places[event.key]);
  }
  if (event.key === "Escape") return document.body.classList.add("no-tips"); // what hover and focus showed
  const own = event.target.closest?.("button, summary, a");
  if (event.key === " ") return own && !own.matches(".row h3 a") ? undefined : space(event);
  if (event.key === "Enter" && own?.matches(".row h3 a")) {
    event.preventDefault();
    return keys.o[0]();
  }
  const key = keys[event.key];
  if (!key) return;
  event.preventDefault();
  key[0]();
});
for (const type of ["focusin", "pointerover"]) document.addEventListener(type, () => document.body.classList.remove("no-tips"));

let dialog;
function help() {
  if (!dialog) {
    dialog = make("dialog");
    dialog.setAttribute("aria-labelledby", "keys-title");
    const list = make("dl", "", { className: "keys" });
    for (const [key, [, text]] of Object.entries(keys)) {
      if (!text) continue;
      const dt = make("dt");
      const also = { o: ["o", "Enter"], s: ["s", "f"], " ": ["Space"] }[key] ?? [/[A-Z]/.test(key) ? `Shift+${key}` : key];
      also.forEach((k, i) => dt.append(i ? " " : "", make("kbd", k)));
      list.append(dt, make("dd", text));
    }
    const form = make("form", "", { method: "dialog" });
    form.append(make("button", "Close"));
    dialog.append(make("h2", "Keys", { id: "keys-title" }), list, form);
    document.body.append(dialog);
  }
  const back = document.activeElement;
  dialog.addEventListener("close", () => back?.focus?.(), { once: true });
  dialog.showModal();
}

const box = $("#keys-off");
if (box) {
  box.checked = off();
  box.addEventListener("change", () => keep("keys", box.checked ? "off" : "on"));
}

// ---- news

// Until the reader does something, the page of a first run fills by itself;
// after that, and always later, news are announced and nothing moves.
let touched = false;
for (const type of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(type, () => { touched = true; }, { passive: true, once: true });
}

let filling = "first" in document.body.dataset;
let seen, asking;

function onState(state) {
  showCounts(state.counts, state.whole);
  const note = $("#poll");
  if (note) {
    note.hidden = !state.first;
    $("#poll-text").textContent = state.text;
    Object.assign($("#poll-bar"), { max: state.total || 1, value: state.done });
  }
  filling ||= state.first && !$("#river");
  if (filling && state.version !== seen && !touched && scrollY < 200) fill();
  else if ($("#news")) {
    $("#news a").textContent = state.news;
    $("#news").hidden = !state.news;
  }
  if (!state.first && state.version === seen) filling = false;
  seen = state.version;
}

// fill takes over the list as it is now, and the bar with its form.
function fill() {
  if (asking || !$("#live")) return;
  asking = true;
  load(location.href, (page) => {
    asking = false;
    const live = page && $("#live", page);
    if (!live || touched) return;
    $("#live").replaceWith(document.adoptNode(live));
    for (const part of [".bar", "#index ul"]) {
      const fresh = $(part, page);
      if (fresh) $(part).replaceWith(document.adoptNode(fresh));
    }
    document.body.dataset.events = page.body.dataset.events;
    watch();
  });
}

let events;
function watch() {
  const address = document.body.dataset.events;
  if (!address || document.hidden || !$("[data-count], #poll")) return;
  if (events?.url.endsWith(address) && events.readyState !== EventSource.CLOSED) return;
  events?.close();
  events = new EventSource(address);
  events.onmessage = (event) => onState(JSON.parse(event.data));
}
watch();
// A browser has six connections to a site: tabs that nobody looks at keep none.
document.addEventListener("visibilitychange", () => (document.hidden ? events?.close() : watch()));
addEventListener("pagehide", () => events?.close());
addEventListener("pageshow", watch);

// ---- pictures that don't come (their place stays: nothing moves), dropped lists

const lost = (img) => img.classList.add("lost");
document.addEventListener("error", ({ target }) => { if (target.matches?.(".row > img")) lost(target); }, true);
for (const img of all(".row > img")) if (img.complete && !img.naturalWidth && img.currentSrc) lost(img);

for (const form of all("form[data-drop]")) {
  const input = $('input[type="file"]', form);
  const drag = (on) => (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("dropping", on);
  };
  document.addEventListener("dragover", drag(true));
  document.addEventListener("dragleave", drag(false));
  document.addEventListener("drop", (event) => {
    drag(false)(event);
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    form.closest("details")?.setAttribute("open", "");
    form.requestSubmit();
  });
}
