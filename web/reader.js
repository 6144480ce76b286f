// tidings: quieter ways to do what forms and links do without a script.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const article = $("main[data-story] > article");
const make = (name, text = "", props = {}) => Object.assign(document.createElement(name), { textContent: text }, props);

// ---- words: what isn't English stands in the page (package words)

const said = JSON.parse(document.body.dataset.words ?? "{}");
const rules = new Intl.PluralRules(document.documentElement.lang);
const kinds = ["zero", "one", "two", "few", "many", "other"];
const mark = { de: ".", zh: ",", "zh-Hant": ",", ar: "," }[document.documentElement.lang] ?? "\u202f";
const figure = (n) => (n < (mark === "," ? 1000 : 10000) ? `${n}` : `${n}`.replace(/\B(?=(\d{3})+$)/g, mark));

// put puts args in place of the verbs %s and %d.
const put = (text, args) => text.replace(/%(?:\[(\d)\])?([sd])/g, ((at) => (verb, index, kind) => {
  const arg = args[index ? index - 1 : at++];
  return kind === "d" ? figure(arg) : arg;
})(0));

// t says a text, n the one that goes with a number.
const t = (text, ...args) => put(said[text] ?? text, args);
const n = (one, many, count, ...args) => {
  const forms = said[one] ?? [one, many];
  const kind = rules.select(count);
  const at = forms.length === 6 ? kinds.indexOf(kind) : forms.length === 2 && kind !== "one" ? 1 : 0;
  return put(forms[at], args.length ? args : [count]);
};
Object.assign(globalThis, { t, n });

const main = $("#main");
const river = () => $("#river");
const rows = () => all("#river .row");
const idOf = (row) => row.id.slice(1);

// load reads a page of ours; null for none. (A document that XMLHttpRequest parsed
// runs no script and needs no trusted types.)
const load = (address) => new Promise((then) => {
  const asking = new XMLHttpRequest();
  asking.open("GET", address);
  asking.responseType = "document";
  asking.onloadend = () => then(asking.status < 400 ? asking.response : null);
  asking.send();
});

// What a browser keeps for a tab, or for all tabs; one that keeps nothing is as good.
const kept = (name, where = () => localStorage) => { try { return where().getItem(name); } catch { return null; } };
const keep = (name, value, where = () => localStorage) => { try { where().setItem(name, value); } catch { /* then it is for this page only */ } };
const tab = () => sessionStorage;
const parsed = (text) => { try { return JSON.parse(text); } catch { return null; } };

// ---- marks, quietly

const labels = () => ({
  read: ["unread", t("Mark unread")], unread: ["read", t("Mark read")],
  star: ["unstar", t("Unstar")], unstar: ["star", t("Star")],
});

async function post(path, form) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(form),
    keepalive: true,
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const told = await answer.json();
  if (told.counts) showCounts(told.counts, true);
  return told;
}

// show makes a mark button and its story look as if it had been pressed.
function show(button, name) {
  const [next, label] = labels()[name];
  const row = button.closest(".row") ?? article;
  button.name = next;
  if (button.firstChild) button.firstChild.data = label;
  if (button.title) button.title = `${label} (${next.endsWith("star") ? "s" : "m"})`;
  if (name.endsWith("star")) row.classList.toggle("starred", name === "star");
  else row.classList.toggle("unread", name === "unread");
}

// showAll shows stories as marked, wherever the page has them.
function showAll(name, stories) {
  const these = new Set(stories);
  for (const b of all(`button[name="${name}"]`)) if (these.has(b.value)) show(b, name);
}

// press does what a mark button says, shown at once, taken back on failure, and
// offers to undo it, unless it is no more than that a story was opened.
async function press(button, quiet) {
  const { name, value } = button;
  show(button, name);
  tell(name, [value]); // at once: who goes back quickly comes back before the answer
  try {
    const told = await post("/mark", { [name]: value });
    if (!told.undo) return;
    remember(told.undo);
    if (!quiet) toast(told.text, true);
  } catch {
    tell(button.name, [value]);
    show(button, button.name);
    toast(t("That could not be saved. Is tidings still running?"));
  }
}

// stretch marks what stands above or below a story, without leaving the page.
async function stretch(form, button) {
  try {
    const told = await post(form.action, new FormData(form, button));
    if (!told.stories) return location.reload();
    showAll("read", told.stories);
    tell("read", told.stories);
    if (told.undo) remember(told.undo);
    toast(told.text, told.undo);
  } catch {
    toast(t("That could not be saved. Is tidings still running?"));
  }
}

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.name) return;
  if (labels()[button.name] && (button.closest(".row") || article?.contains(button))) press(button);
  else if (["above", "below"].includes(button.name)) {
    button.closest("[popover]")?.hidePopover?.();
    stretch(event.target, button);
  } else return;
  event.preventDefault();
});

// An opened story is read; the page that a GET brought changed nothing yet.
if ($("main[data-story]:not([data-read])")) {
  const button = $('article button[name="read"]');
  const mark = () => button?.name === "read" && press(button, true);
  if (document.prerendering) document.addEventListener("prerenderingchange", mark, { once: true });
  else mark();
}

// ---- the same marks in other tabs, and in a page that comes back from the cache

let heard = Date.now();

function tell(name, stories) {
  const now = Date.now();
  const recent = (parsed(kept("marks")) ?? []).filter((m) => m.at > now - 3600000).slice(-99);
  keep("marks", JSON.stringify([...recent, { at: now, name, stories: stories.slice(0, 500) }]));
}

function hear() {
  for (const { at, name, stories } of parsed(kept("marks")) ?? []) if (at >= heard && labels()[name]) showAll(name, stories);
  heard = Date.now();
}
addEventListener("storage", (event) => { if (event.key === "marks") hear(); });

// ---- undo: a toast for ten seconds, and the key z for as long as the server knows

let noteOfServer = $(".flash form"); // what it undoes is what was done last
let note, fading;

const undoable = () => parsed(kept("undo", tab)) ?? [];
function remember(token, instead) {
  noteOfServer = null;
  keep("undo", JSON.stringify([...undoable().filter((x) => x !== instead), token].slice(-30)), tab);
}

function toast(text, undo) {
  if ($(".flash")) $(".flash").hidden = true;
  note ??= document.body.appendChild(make("div", "", { className: "note toast" }));
  note.setAttribute("role", "status");
  note.hidden = false;
  note.replaceChildren(make("p", text));
  if (undo) note.append(make("button", t("Undo"), { type: "button", title: t("Undo (z)"), onclick: takeBack }));
  fade(note);
}

// Who is at the toast with pointer or focus isn't hurried.
function fade(note) {
  clearTimeout(fading);
  fading = setTimeout(() => (note.matches(":hover, :focus-within") ? fade(note) : (note.hidden = true)), 10000);
}
if ($(".flash form")) fade($(".flash"));

async function takeBack() {
  if (noteOfServer) return noteOfServer.requestSubmit();
  const tokens = undoable();
  const undo = tokens.pop();
  if (!undo) return toast(t("There is nothing to undo."));
  if (note?.contains(document.activeElement)) (current ? $("h3 a", current) : main).focus({ preventScroll: true });
  try {
    const { text, name, stories } = await post("/undo", { undo });
    keep("undo", JSON.stringify(tokens), tab);
    if (name && !stories) return location.reload();
    if (name) showAll(name, stories);
    if (name) tell(name, stories);
    toast(text);
  } catch {
    toast(t("That could not be undone. Is tidings still running?"));
  }
}

// ---- counts: in the sections, the views, the title, and on the program's icon

// What the whole lacks is 0.
function showCounts(counts, whole) {
  for (const el of all("[data-count]")) {
    const n = counts[el.dataset.count];
    if (whole || n !== undefined) el.textContent = n ? figure(n) : "";
  }
  const unread = $(".tabs [data-count]");
  if (unread) document.title = (unread.textContent && `(${unread.textContent}) `) + document.title.replace(/^\([\d.,\u202f]+\) /, "");
  if (whole || counts.unread !== undefined) navigator.setAppBadge?.(counts.unread ?? 0).catch(() => {});
}

// ---- times

// The server's rule: how long ago within a day, then the time of day.
function short(then, now) {
  const minutes = Math.floor((now - then) / 60000);
  if (minutes < 0 || minutes >= 1440) return then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (minutes < 1) return t("now");
  return minutes < 60 ? t("%d min", minutes) : t("%d h", Math.floor(minutes / 60));
}

setInterval(() => {
  const now = Date.now();
  for (const time of all("#river time")) time.textContent = short(new Date(time.dateTime), now);
}, 30000);

// ---- the cursor

let current = null;

function point(row) {
  if (row === current) return;
  current?.removeAttribute("aria-current");
  current = row;
  row?.setAttribute("aria-current", "true");
}

function select(row) {
  if (!row) return;
  point(row);
  $("h3 a", row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  touched = true;
}

// step moves the cursor, to further pages too, and opens what it comes to if asked.
async function step(by, opening) {
  const list = rows();
  const at = list.indexOf(current);
  let to = at >= 0 ? list[at + by] : by > 0 ? list.find((r) => r.getBoundingClientRect().bottom > 60) ?? list[0] : list.at(-1);
  if (!to && by > 0 && await more()) to = rows()[at + 1];
  if (!to) return follow(by > 0 ? '.pager [rel="next"]' : '.pager [rel="prev"]');
  if (opening) for (const r of list) if (r !== to) shut(r);
  select(to);
  if (opening) open(to);
}

const follow = (selector) => $(selector)?.click();

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("#river .row");
  if (row) point(row);
});

// ---- a story opened in its row

const shut = (row) => $(".opened", row)?.remove();

async function open(row) {
  const mark = $('button[name="read"]', row);
  if (mark) press(mark, true);
  if ($(".opened", row)) return;
  const box = row.appendChild(make("div", "", { className: "opened" }));
  const { href } = $("h3 a", row);
  const page = await load(href);
  const text = page && $("article > .text", page);
  if (!box.isConnected) return;
  if (page) box.append(...all("article > .enclosure", page));
  players(box);
  if (text) box.append(text);
  const p = make("p");
  p.append(make("a", t("Sources and more on the story’s page"), { href }));
  box.append(p);
  row.scrollIntoView({ block: row.offsetHeight > innerHeight ? "start" : "nearest" });
}

// Expanded (key 1) or list (key 2): whether j and k open what they come to.
let opens = kept("opens") !== "off";
function mode(on) {
  keep("opens", (opens = on) ? "on" : "off");
  if (!on) rows().forEach(shut);
  toast(on ? t("j and k open stories.") : t("j and k move only."));
}

// ---- further pages: brought before one comes to the end, as far as a page should grow

const mostRows = 1000;
let bringing = null;
const more = () => (bringing ??= bring().finally(() => { bringing = null; }));

async function bring() {
  const next = $('.pager [rel="next"]');
  if (!next || !river() || rows().length >= mostRows) return false;
  river().ariaBusy = "true";
  const page = await load(next.href);
  river().ariaBusy = null;
  if (!page || !$("#live", page)) return false; // the link stays
  const n = append(page);
  take(page, ".pager", ".foot button");
  $("#told").textContent = moreText(n);
  watchEnd();
  save();
  return n > 0;
}

const moreText = (count) => n("%d more story, %d in all", "%d more stories, %d in all", count, count, rows().length);

// append adds a page's stories to the river, under the headings of days that are
// there already, and gives how many there were.
function append(page) {
  const known = new Set(rows().map((r) => r.id));
  const listed = $('#river [name="listed"]');
  let n = 0;
  for (const section of all("#river section", page)) {
    for (const row of all(".row", section)) known.has(row.id) ? row.remove() : n++;
    if (listed) listed.value = [listed.value, ...all(".row", section).map(idOf)].filter(Boolean).join();
    const last = all("#river section").at(-1);
    if (last && $("h2", last).textContent === $("h2", section).textContent) $("ol", last).append(...all(".row", section));
    else if ($(".row", section)) $(".foot", river()) ? $(".foot", river()).before(section) : river().append(section);
  }
  if (listed && $("#mark-all")) $('#mark-all [name="listed"]').value = listed.value;
  layCards();
  watchPassing();
  return n;
}

// Cards of different heights leave holes where lines of them are as high as their
// highest. Here each takes as many thin lines of the grid as it is high, and the next
// stands where there is room first: the order stays, from top to bottom.
const thin = 8; // as the stylesheet has it
const heights = new ResizeObserver((sizes) => settle(sizes.map(({ target }) => target)));
function settle(cards) {
  const high = cards.map((card) => card.offsetHeight);
  cards.forEach((card, i) => card.style.setProperty("--span", Math.ceil((high[i] + 18) / thin)));
}

function layCards() {
  if (!river()?.matches(".cards, .magazine")) return;
  river().classList.add("laid");
  const fresh = rows().filter((card) => !card.style.getPropertyValue("--span"));
  settle(fresh);
  for (const card of fresh) heights.observe(card);
}

// take puts a page's parts in the place of ours.
function take(page, ...parts) {
  for (const part of parts) {
    const fresh = $(part, page);
    if (fresh && $(part)) $(part).replaceWith(fresh);
  }
}

const end = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) more(); }, { rootMargin: "0px 0px 1500px" });
function watchEnd() {
  end.disconnect();
  const next = $('#river ~ .pager [rel="next"]');
  if (next) end.observe(next);
}

// ---- back to the very place: what stood there, and how far one had come

// place is what it takes to show the page again as it is, though what was read since
// would be missing from it.
function place() {
  const list = rows();
  const at = list.find((r) => r.getBoundingClientRect().top >= 0) ?? list.find((r) => r.getBoundingClientRect().bottom > 0);
  if (!at) return null;
  const value = (el) => el?.value ?? el?.getAttribute("href") ?? null;
  return {
    rows: list.map(idOf), at: at.id, top: at.getBoundingClientRect().top, current: current?.id, opened: $(".opened")?.closest(".row").id,
    events: document.body.dataset.events, fields: partsOfPlace.map((part) => value($(part))),
  };
}
const partsOfPlace = ['#mark-all [name="upto"]', '#mark-all [name="until"]', '#mark-all [name="listed"]', '#river > [name="back"]', '#river > [name="top"]', '#river > [name="until"]', '#river > [name="listed"]', ".foot button", '.pager [rel="prev"]', '.pager [rel="next"]'];

let restoring = false;
function save() {
  const here = !restoring && river() && place();
  if (!here) return;
  history.replaceState({ ...history.state, place: here }, "");
  keep("place:" + location.pathname + location.search, JSON.stringify(here), tab);
}

const perAddress = 250; // numbers of stories; some proxies cut addresses at 4 KB

async function restore(was) {
  restoring = true;
  const ask = new URL(location.href);
  ask.searchParams.delete("done");
  const asked = [];
  for (let i = 0; i < was.rows.length; i += perAddress) {
    ask.searchParams.set("stories", was.rows.slice(i, i + perAddress).join());
    asked.push(load(ask.href));
  }
  const [first, ...others] = await Promise.all(asked);
  if (!first || !$("#river", first) ) return void (restoring = false);
  take(first, "#live");
  others.forEach((page) => page && append(page));
  putBack(was);
  heard -= 60000; // what the last pages marked, the server may not have had in time
  hear();
  restoring = false;
}

function putBack(was) {
  partsOfPlace.forEach((part, i) => putPart(part, was.fields[i]));
  document.body.dataset.events = was.events;
  watch();
  layCards();
  const [wanted, at, pointed] = [location.hash.slice(1), was.at, was.current].map((id) => document.getElementById(id));
  if (at) holdAt(at, was.top);
  const sight = wanted?.getBoundingClientRect();
  if (sight && (sight.bottom < 60 || sight.top > innerHeight - 60)) wanted.scrollIntoView({ block: "center" });
  const row = wanted?.matches(".row") ? wanted : pointed;
  if (row) point(row);
  if (row) $("h3 a", row).focus({ preventScroll: true });
  watchEnd();
  watchPassing();
}

// holdAt scrolls until a row is where it was, as rows round it get their heights when
// they come into sight.
function holdAt(row, top, frames = 4) {
  scrollBy({ top: row.getBoundingClientRect().top - top, behavior: "instant" });
  if (frames) requestAnimationFrame(() => holdAt(row, top, frames - 1));
}

function putPart(part, value) {
  const el = $(part);
  if (!el) return;
  if ("value" in el) el.value = value ?? "";
  else if (value) el.setAttribute("href", value);
  else el.remove();
}

// The place is noted when the page stands still, when something is opened and at the end.
let standing;
if (river()) {
  history.scrollRestoration = "manual";
  addEventListener("scroll", () => { clearTimeout(standing); standing = setTimeout(save, 200); }, { passive: true });
  addEventListener("click", save, true);
  addEventListener("pagehide", save);
}

// ---- read when scrolled past, where the reader wants that: only what was seen

const seenRows = new WeakSet();
const passed = new Set();
let passing, gathering, lastPassed;

function watchPassing() {
  if (!$("#river[data-passing]")) return;
  passing ??= new IntersectionObserver((sights) => {
    for (const { target, isIntersecting, intersectionRatio, intersectionRect, boundingClientRect } of sights) {
      if (isIntersecting && (intersectionRatio > 0.6 || intersectionRect.height > innerHeight / 2)) seenRows.add(target);
      else if (!isIntersecting && boundingClientRect.bottom <= 0 && seenRows.has(target)) pass(target);
    }
  }, { threshold: [0, 0.7] });
  for (const row of all("#river .row.unread")) passing.observe(row);
}

function pass(row) {
  passing.unobserve(row);
  const button = $('button[name="read"]', row);
  if (!button) return;
  passed.add(button.value);
  clearTimeout(gathering);
  gathering = setTimeout(markPassed, 800);
}

// markPassed marks what was gathered, to be undone together with what was before it
// as long as that can be seen to be undone.
async function markPassed() {
  clearTimeout(gathering);
  const listed = [...passed].join();
  passed.clear();
  if (!listed) return;
  const together = note && !note.hidden && lastPassed === undoable().at(-1) ? lastPassed : "";
  try {
    const told = await post("/mark-all", { listed, with: together });
    showAll("read", told.stories);
    tell("read", told.stories);
    if (!told.stories.length) return;
    remember(told.undo, together);
    lastPassed = told.undo;
    toast(told.text, true);
  } catch { /* they stay unread */ }
}
addEventListener("pagehide", markPassed);

// ---- touch: a row drawn to its end becomes read or unread, to its beginning starred

const reach = 88; // from here on letting go does it
const slack = 12;
let drawn = null;

document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest?.("#river .row");
  const edge = Math.min(event.clientX, innerWidth - event.clientX) < 20; // the browser's own gestures begin there
  drawn = row && event.pointerType === "touch" && event.isPrimary && !edge ? { row, id: event.pointerId, x: event.clientX, y: event.clientY } : null;
});

document.addEventListener("pointermove", (event) => {
  if (!drawn || event.pointerId !== drawn.id) return;
  const by = (event.clientX - drawn.x) * (getComputedStyle(drawn.row).direction === "rtl" ? -1 : 1);
  if (!drawn.on) {
    if (Math.abs(event.clientY - drawn.y) > slack) return void (drawn = null); // that is scrolling
    if (Math.abs(by) < slack) return;
    drawn.on = true;
    drawn.row.setPointerCapture(drawn.id);
    drawn.row.classList.add("drawn");
  }
  draw(drawn, by);
});

// draw moves the row with the finger and shows what letting go would do.
function draw(drawn, by) {
  const names = by > 0 ? ["read", "unread"] : ["star", "unstar"];
  drawn.button = names.map((n) => $(`button[name="${n}"]`, drawn.row)).find(Boolean);
  drawn.far = Math.abs(by) >= reach;
  drawn.row.dataset.draw = drawn.button?.textContent ?? "";
  drawn.row.classList.toggle("to-end", by > 0);
  drawn.row.classList.toggle("far", drawn.far);
  drawn.row.style.setProperty("--drawn", `${Math.max(-160, Math.min(160, by))}px`);
}

let letGoAt = -1000;
function letGo(does) {
  const { on, row, far, button } = drawn ?? {};
  drawn = null;
  if (!on) return;
  row.classList.remove("drawn", "far", "to-end");
  row.style.removeProperty("--drawn");
  delete row.dataset.draw;
  letGoAt = performance.now();
  if (does && far && button) press(button);
}
document.addEventListener("pointerup", (event) => { if (drawn?.id === event.pointerId) letGo(true); });
document.addEventListener("pointercancel", (event) => { if (drawn?.id === event.pointerId) letGo(false); });
// The finger that drew a row didn't mean to press what was under it.
document.addEventListener("click", (event) => {
  if (performance.now() - letGoAt < 300 && event.target.closest?.("#river .row")) event.preventDefault();
}, true);

// ---- keys: one table for what they do, and for the list of them

const here = () => article ?? current;
const button = (...names) => names.map((name) => here() && $(`button[name="${name}"]`, here())).find(Boolean);
const act = (...names) => { const b = button(...names); if (b) press(b); };

const keys = {
  j: [() => (article ? follow('.pager [rel="next"]') : step(1, opens)), t("open the next story")],
  k: [() => (article ? follow('.pager [rel="prev"]') : step(-1, opens)), t("open the previous story")],
  n: [() => step(1), t("next story, without opening it")],
  p: [() => step(-1), t("previous story, without opening it")],
  o: [() => (article ? follow(".pager .up") : current && ($(".opened", current) ? shut(current) : open(current))), t("open or close the story in its row; on its page, back to the river")],
  i: [() => current && $("h3 a", current).click(), t("the story’s page")],
  u: [() => follow(".pager .up"), t("back to the river")],
  c: [() => (article ? follow("#walk") : current && goTo($("h3 a", current), "#sources")), t("on a story’s page: walk its sources; in the river: its sources")],
  x: [() => $('.copy.shown button[name="entry"]')?.click(), t("split the shown source off: not the same story")],
  e: [() => (article ? jump("related") : current && follow(".row[aria-current] .kin")), t("the event: related coverage")],
  v: [() => here() && $("a.out", here())?.click(), t("the original, in a new tab")],
  m: [() => act("read", "unread"), t("mark read or unread")],
  s: [() => act("star", "unstar"), t("star or unstar")],
  f: [() => act("star", "unstar")],
  z: [() => takeBack(), t("undo the last marking, split or join")],
  A: [() => $("#mark-all")?.requestSubmit(), t("mark all read")],
  1: [() => mode(true), t("j and k open stories")],
  2: [() => mode(false), t("j and k move only")],
  " ": [null, t("scroll; at the end, the next story")],
  N: [() => feed(1), t("next feed or folder")],
  P: [() => feed(-1), t("previous feed or folder")],
  J: [() => feed(1, true), t("open the next feed with unread stories")],
  K: [() => feed(-1, true), t("open the previous feed with unread stories")],
  g: [() => { chord = true; }, t("then u or h: unread, a: all, s: starred, t: today, b: big stories, f: feeds")],
  r: [() => location.reload(), t("reload")],
  "/": [() => palette(), t("search, and go to feeds, folders, stories and actions")],
  "?": [() => help(), t("this list")],
};

const places = { u: "/", h: "/", a: "/?view=all", s: "/?view=starred", t: "/?view=today", b: "/?view=all&order=sources", f: "/feeds" };
let chord = false;

const goTo = (link, anchor) => location.assign(link.href.replace(/#.*/, "") + anchor);

function jump(id) {
  const heading = document.getElementById(`${id}-title`);
  if (!heading) return toast(t("There is no related coverage."));
  heading.tabIndex = -1;
  heading.focus();
}

// feed moves through the index, or opens what has unread stories.
function feed(by, unread) {
  const links = all("#index li a").filter((a) => !unread || $("b", a).textContent || a.ariaCurrent);
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
  const last = $(".opened", current ?? document) && current ? current : document.documentElement;
  if (event.shiftKey ? scrollY > 2 : last.getBoundingClientRect().bottom > innerHeight + 2) return;
  event.preventDefault();
  keys[event.shiftKey ? "k" : "j"][0]();
}

// What types another script's letters has Latin ones on the same keys.
const latin = ({ key, code, shiftKey }) => {
  if (key.length > 1 || key <= "~" || !code.startsWith("Key")) return key;
  return shiftKey ? code.slice(3) : code.slice(3).toLowerCase();
};

const off = () => kept("keys") === "off";
const typing = (el) => el.closest?.("input, textarea, select, [contenteditable], dialog, audio, video");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.body.classList.add("no-tips"); // what hover and focus showed
  if (event.defaultPrevented || event.isComposing || typing(event.target)) return;
  if (event.key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    return palette();
  }
  if (event.ctrlKey || event.altKey || event.metaKey || off()) return;
  const typed = latin(event);
  if (typed === "Shift") return;
  if (chord) {
    chord = false;
    if (!places[typed]) return;
    event.preventDefault();
    return location.assign(places[typed]);
  }
  const own = event.target.closest?.("button, summary, a");
  if (typed === " ") return own && !own.matches(".row h3 a") ? undefined : space(event);
  if (typed === "Enter" && own?.matches(".row h3 a")) {
    event.preventDefault();
    return keys.o[0]();
  }
  if (!Object.hasOwn(keys, typed)) return;
  event.preventDefault();
  keys[typed][0]();
});
for (const type of ["focusin", "pointerover"]) document.addEventListener(type, () => document.body.classList.remove("no-tips"));

// ask shows a dialog; the focus returns to where it was.
function ask(dialog) {
  const back = document.activeElement;
  dialog.addEventListener("close", () => back?.focus?.({ preventScroll: true }), { once: true });
  dialog.showModal();
}

let helping;
function help() {
  if (!helping) {
    helping = make("dialog");
    helping.setAttribute("aria-labelledby", "keys-title");
    const list = make("dl", "", { className: "keys" });
    for (const [key, [, text]] of Object.entries(keys).sort(([a], [b]) => (a < "A" && a > "/") - (b < "A" && b > "/"))) {
      if (!text) continue;
      const dt = make("dt");
      const also = { o: ["o", "Enter"], s: ["s", "f"], " ": ["Space"], "/": ["/", "Ctrl+K"] }[key] ?? [/[A-Z]/.test(key) ? `Shift+${key}` : key];
      also.forEach((k, i) => dt.append(i ? " " : "", make("kbd", k)));
      list.append(dt, make("dd", text));
    }
    const form = make("form", "", { method: "dialog" });
    form.append(make("button", t("Close")));
    helping.append(make("h2", t("Keys"), { id: "keys-title", tabIndex: -1, autofocus: true }), list, form);
    document.body.append(helping);
  }
  ask(helping);
}

const box = $("#keys-off");
if (box) {
  box.checked = off();
  box.addEventListener("change", () => keep("keys", box.checked ? "off" : "on"));
}

// ---- the palette: the page /palette in a dialog, as a combobox with its listbox

let finder, asked = 0;

function palette() {
  if (!finder) buildFinder();
  if (finder.dialog.open) return;
  ask(finder.dialog);
  finder.input.select();
  find();
}

function buildFinder() {
  const dialog = make("dialog", "", { className: "palette" });
  const input = make("input", "", { type: "text", id: "palette-q", autocomplete: "off", spellcheck: false, maxLength: 200 });
  const list = make("div", "", { id: "palette-list" });
  const note = make("p", "", { className: "quiet" });
  const name = t("Search, or go to a feed, folder, tag, story or action");
  for (const [el, attributes] of [
    [dialog, { "aria-label": name }], [note, { role: "status" }], [list, { role: "listbox", "aria-label": t("What was found") }],
    [input, { role: "combobox", "aria-label": name, placeholder: name, "aria-expanded": "true", "aria-controls": list.id, "aria-autocomplete": "list" }],
  ]) for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
  input.addEventListener("input", find);
  input.addEventListener("keydown", walkFound);
  list.addEventListener("click", (event) => { const o = event.target.closest("[role=option]"); if (o) go(o); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.append(input, list, note);
  document.body.append(dialog);
  finder = { dialog, input, list, note, found: [] };
}

// find asks for what is typed and shows the answer to the last question only.
async function find() {
  const mine = ++asked;
  const page = await load("/palette?" + new URLSearchParams({ q: finder.input.value, back: location.pathname + location.search }));
  if (mine !== asked) return;
  finder.found = page ? all("#found li", page) : [];
  finder.list.replaceChildren(...finder.found.map(optionOf));
  finder.note.textContent = page ? $("#searched", page)?.textContent ?? "" : t("That could not be asked. Is tidings still running?");
  pick(finder.list.firstChild);
}

function optionOf(item, i) {
  const option = make("div", "", { id: `palette-${i}` });
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.append(...$(".what", item).childNodes);
  return option;
}

function pick(option) {
  for (const o of finder.list.children) o.setAttribute("aria-selected", String(o === option));
  finder.input.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

function walkFound(event) {
  const list = [...finder.list.children];
  const at = list.findIndex((o) => o.ariaSelected === "true");
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (by) pick(list.at(Math.abs(by) > 1 ? Math.max(0, Math.min(list.length - 1, at + by)) : (at + by) % list.length));
  else if (event.key === "Enter" && list[at] && !event.isComposing) go(list[at]);
  else return;
  event.preventDefault();
}

// go does what was found says: a key's work, where this page can do it; else its
// link's or form's.
function go(option) {
  const item = finder.found[[...finder.list.children].indexOf(option)];
  finder.dialog.close();
  const key = item.dataset.key;
  if (key === "?" || key === "A" && $("#mark-all")) return keys[key][0]();
  const form = $("form", item);
  if (!form) return location.assign($("a", item).href);
  document.body.append(form);
  form.requestSubmit($("button", form));
}
document.addEventListener("click", (event) => {
  if (!event.target.closest?.('.masthead a[href="/palette"]') || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  palette();
});

// ---- news

// Until the reader does something, the page of a first run fills by itself;
// after that, and always later, news are announced and nothing moves.
let touched = false;
for (const type of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(type, () => { touched = true; }, { passive: true, once: true });
}

let filling = "first" in document.body.dataset;
let version, asking;

function onState(state) {
  showCounts(state.counts, state.whole);
  const note = $("#poll");
  if (note) {
    note.hidden = !state.first;
    $("#poll-text").textContent = state.text;
    Object.assign($("#poll-bar"), { max: state.total || 1, value: state.done });
  }
  filling ||= state.first && !river();
  if (filling && state.version !== version && !touched && scrollY < 200) fill();
  else if ($("#news")) {
    $("#news a").textContent = state.news;
    $("#news").hidden = !state.news;
  }
  if (!state.first && state.version === version) filling = false;
  if (version && state.version !== version) askWorker("news");
  version = state.version;
}

// fill takes over the list as it is now, and the bar with its form.
async function fill() {
  if (asking || !$("#live")) return;
  asking = true;
  const page = await load(location.href);
  asking = false;
  if (!page || !$("#live", page) || touched) return;
  take(page, "#live", ".bar", "#index ul");
  document.body.dataset.events = page.body.dataset.events;
  layCards();
  watchEnd();
  watchPassing();
  watch();
}

let events, again;
function watch() {
  clearTimeout(again);
  const address = document.body.dataset.events;
  if (!address || document.hidden || !$("[data-count], #poll")) return;
  if (events?.url.endsWith(address) && events.readyState !== EventSource.CLOSED) return;
  events?.close();
  events = new EventSource(address);
  events.onmessage = (event) => {
    onState(JSON.parse(event.data));
    dispatchEvent(new Event("tidings")); // for a page's own script
  };
  events.onopen = () => askWorker("flush");
  // A browser asks again by itself, but not after an answer that is no stream.
  events.onerror = () => { if (events.readyState === EventSource.CLOSED) again = setTimeout(watch, 30000); };
}
// A browser has six connections to a site: tabs that nobody looks at keep none.
document.addEventListener("visibilitychange", () => (document.hidden ? (markPassed(), events?.close()) : (hear(), watch())));
addEventListener("pagehide", () => { heard = Date.now(); events?.close(); });
addEventListener("pageshow", (event) => {
  if (event.persisted) hear();
  watch();
});
addEventListener("online", watch);

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

// ---- a page begins: where one was, if one comes back

const came = performance.getEntriesByType("navigation")[0]?.type;
const returning = came === "back_forward" ? history.state?.place : location.hash.startsWith("#s") && came === "navigate" ? parsed(kept("place:" + location.pathname + location.search, tab)) : null;
if ($("#live") && returning) restore(returning);
else if (river()) {
  layCards();
  if (location.hash.startsWith("#s")) select(document.getElementById(location.hash.slice(1)));
  watchEnd();
  watchPassing();
}
watch();

// ---- without a network: a service worker (sw.js) keeps stories, and marks until they are sent

let sitting = document.body.dataset.pass;

function askWorker(what) {
  navigator.serviceWorker?.controller?.postMessage(what);
}

// Content security policy lets one script be named as a worker, and this is it.
async function startWorker(worker) {
  const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => "/sw.js" });
  await worker.register(policy?.createScriptURL("") ?? "/sw.js", { updateViaCache: "none" });
  (await worker.ready).active.postMessage("visit");
}

if (navigator.serviceWorker) {
  const worker = navigator.serviceWorker;
  // The page comes first; who leaves at once needs nothing kept.
  addEventListener("load", () => setTimeout(() => startWorker(worker).catch(() => {}), 2000));
  addEventListener("online", () => askWorker("flush"));
  worker.addEventListener("message", ({ data }) => {
    if (data.counts) showCounts(data.counts, true);
    if (data.text) toast(data.text);
    sitting = data.pass ?? sitting;
  });
  askWorker("flush");
}

// Forms whose work the worker may have to put off show it that they are ours.
document.addEventListener("submit", ({ target }) => {
  if (!sitting || target.elements.pass || !/^\/(mark|mark-all|undo|logout|story\/\d+\/read)$/.test(new URL(target.action).pathname)) return;
  target.append(make("input", "", { type: "hidden", name: "pass", value: sitting }));
}, true);

// On a page that was kept, the script of such pages (offline.js) tells what was marked since.
document.addEventListener("marks", ({ detail }) => {
  for (const [id, name] of detail.marks) showAll(name, [id]);
  if (detail.counts) showCounts(detail.counts, true);
});

// ---- the story page: pictures large, sound that goes on where it stopped, sharing

// A link to a large picture opens it in a dialog: arrows go to the next one of the text,
// Esc and a click close it, and focus is where it was.
let gallery;
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.large");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  enlarge(link);
});

function enlarge(link) {
  const links = all("a.large", link.closest(".text, .lead-picture"));
  let at = links.indexOf(link);
  gallery ??= document.body.appendChild(make("dialog", "", { className: "picture" }));
  const img = make("img", "", { onclick: () => gallery.close() });
  const caption = make("figcaption");
  const figure = make("figure");
  figure.append(img, caption);
  const form = make("form", "", { method: "dialog" });
  const go = (by) => {
    at = (at + by + links.length) % links.length;
    const shown = $("img", links[at]);
    img.src = links[at].href;
    img.alt = shown.alt;
    img.referrerPolicy = "no-referrer";
    caption.textContent = $("figcaption", links[at].closest("figure") ?? form)?.textContent ?? shown.alt;
    gallery.setAttribute("aria-label", shown.alt || t("Picture"));
  };
  if (links.length > 1) {
    form.append(make("button", "‹", { type: "button", ariaLabel: t("Previous picture"), onclick: () => go(-1) }),
      make("button", "›", { type: "button", ariaLabel: t("Next picture"), onclick: () => go(1) }));
  }
  form.append(make("button", t("Close"), { autofocus: true }));
  gallery.replaceChildren(figure, form);
  gallery.onkeydown = (event) => {
    const rtl = getComputedStyle(gallery).direction === "rtl" ? -1 : 1;
    const by = { ArrowRight: rtl, ArrowLeft: -rtl }[event.key];
    if (by && links.length > 1) go(by);
  };
  gallery.addEventListener("close", () => links[at].focus(), { once: true });
  go(0);
  gallery.showModal();
}

// Sound and video go on where they stopped, at the speed that was chosen last. Nothing
// is asked for before somebody presses play.
const playedAt = (media) => `at ${media.currentSrc || media.src}`;
const speeds = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5];

const player = (media) => {
  const select = make("select", "", { ariaLabel: t("Speed") });
  for (const speed of speeds) select.append(make("option", `${speed.toLocaleString(document.documentElement.lang, { numberingSystem: "latn" })}×`, { value: speed }));
  select.value = kept("speed") ?? "1";
  if (!select.value) select.value = "1";
  select.onchange = () => {
    keep("speed", select.value);
    media.playbackRate = +select.value;
  };
  $("figcaption", media.parentElement).prepend(select);
  let saved = 0;
  media.addEventListener("loadedmetadata", () => {
    const at = +kept(playedAt(media));
    if (at > 5 && at < media.duration - 10) media.currentTime = at;
    media.playbackRate = +select.value;
  });
  const save = () => {
    if (media.ended) keep(playedAt(media), "0");
    else if (media.currentTime > 0) keep(playedAt(media), String(Math.floor(media.currentTime)));
  };
  media.addEventListener("timeupdate", () => {
    if (Math.abs(media.currentTime - saved) < 5) return;
    saved = media.currentTime;
    save();
  });
  for (const type of ["pause", "ended"]) media.addEventListener(type, save);
};
function players(root) { all(".enclosure audio, .enclosure video", root).forEach(player); }
players(document);

// Sharing: the address to the clipboard, or the system's own sheet where there is one.
for (const copy of all("button[data-link]")) {
  copy.hidden = false;
  const word = copy.textContent;
  copy.addEventListener("click", async () => {
    const field = $("input", copy.parentElement);
    field.select();
    try {
      await navigator.clipboard.writeText(copy.dataset.link);
      copy.textContent = copy.dataset.done;
      toast(copy.dataset.done);
      setTimeout(() => { copy.textContent = word; }, 2000);
    } catch { /* it stays selected, and the keyboard can copy it */ }
  });
}
for (const sheet of all("button[data-share]")) {
  sheet.hidden = !navigator.share;
  sheet.addEventListener("click", () => navigator.share({ title: sheet.dataset.title, url: sheet.dataset.share }).catch(() => { /* nobody chose */ }));
}

// A page takes its time: the button says that it was pressed.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.matches(".full")) return;
  button.ariaBusy = "true";
  button.textContent = t("Fetching…");
});

// A link to something folded unfolds it: "updated" shows what changed.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.localName === "details") target.open = true;
}
addEventListener("hashchange", unfold);
unfold();
