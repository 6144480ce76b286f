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

async function post(name, value) {
  const answer = await fetch("/mark", {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ [name]: value }),
    keepalive: true,
  });
  if (!answer.ok) throw new Error(`mark: ${answer.status}`);
  showCounts((await answer.json()).counts, true);
}

// press does what a mark button says, shown at once, taken back on failure.
async function press(button) {
  const { name, value } = button;
  const row = button.closest(".row") ?? article;
  const show = (n) => {
    const [next, label] = labels[n];
    button.name = next;
    if (button.firstChild) button.firstChild.data = label;
    if (button.title) button.title = `${label} (${next.endsWith("star") ? "s" : "m"})`;
    if (n.endsWith("star")) row.classList.toggle("starred", n === "star");
    else row.classList.toggle("unread", n === "unread");
  };
  show(name);
  try {
    await post(name, value);
  } catch {
    show(button.name);
    announce("That could not be saved. Is tidings still running?");
  }
}

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

let spoken;
function announce(text) {
  spoken ??= document.body.appendChild(make("p", "", { className: "note" }));
  spoken.setAttribute("role", "status");
  spoken.hidden = !text;
  spoken.textContent = text;
}

// An opened story is read; the page that a GET brought changed nothing yet.
if ($("main[data-story]:not([data-read])")) {
  const button = $('article button[name="read"]');
  const mark = () => button?.name === "read" && press(button);
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

function step(by) {
  const list = rows();
  const at = list.indexOf(current);
  if (at < 0) return select(by > 0 ? list.find((r) => r.getBoundingClientRect().bottom > 60) ?? list[0] : list.at(-1));
  if (list[at + by]) return select(list[at + by]);
  follow(by > 0 ? '.pager [rel="next"]' : '.pager [rel="prev"]');
}

const follow = (selector) => $(selector)?.click();

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
  j: [() => (article ? follow('.pager [rel="next"]') : step(1)), "next story"],
  k: [() => (article ? follow('.pager [rel="prev"]') : step(-1)), "previous story"],
  n: [() => step(1)],
  p: [() => step(-1)],
  o: [() => (article ? follow(".pager .up") : current && $("h3 a", current).click()), "open the story; on its page, back to the river"],
  u: [() => follow(".pager .up"), "back to the river"],
  v: [() => here() && $("a.out", here())?.click(), "the original, in a new tab"],
  m: [() => act("read", "unread"), "mark read or unread"],
  s: [() => act("star", "unstar"), "star or unstar"],
  f: [() => act("star", "unstar")],
  A: [() => $("#mark-all")?.requestSubmit(), "mark all read (can be undone)"],
  r: [() => location.reload(), "reload"],
  "?": [() => help(), "this list"],
};

const off = () => { try { return localStorage.getItem("keys") === "off"; } catch { return false; } };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog, audio, video") || off()) return;
  const key = keys[event.key];
  if (!key) return;
  event.preventDefault();
  key[0]();
});

let dialog;
function help() {
  if (!dialog) {
    dialog = make("dialog");
    dialog.setAttribute("aria-labelledby", "keys-title");
    const list = make("dl", "", { className: "keys" });
    for (const [key, [, text]] of Object.entries(keys)) {
      if (!text) continue;
      const dt = make("dt");
      const also = { o: ["o", "Enter"], s: ["s", "f"], A: ["Shift+A"], j: ["j", "n"], k: ["k", "p"] }[key] ?? [key];
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
  box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "off" : "on"));
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

// fill takes over the list as it is now, and the bar with its form. (A document
// that XMLHttpRequest parsed runs no script and needs no trusted types.)
function fill() {
  if (asking || !$("#live")) return;
  asking = new XMLHttpRequest();
  asking.open("GET", location.href);
  asking.responseType = "document";
  asking.onloadend = () => {
    const page = asking.response;
    asking = null;
    const live = page && $("#live", page);
    if (!live || touched) return;
    $("#live").replaceWith(document.adoptNode(live));
    for (const part of [".bar", "#index ul"]) {
      const fresh = $(part, page);
      if (fresh) $(part).replaceWith(document.adoptNode(fresh));
    }
    document.body.dataset.events = page.body.dataset.events;
    watch();
  };
  asking.send();
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
