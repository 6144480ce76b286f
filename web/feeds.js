// The script of the page of feeds: choosing rows in stretches and by key, and dragging
// them onto folders. Each is a quicker way to fill in the form around the table.

const form = document.querySelector("#bulk");
const boxes = form ? [...form.querySelectorAll('input[name="feed"]')] : [];
const here = document.querySelector("#here");
const whole = document.querySelector("#all");
const chosen = document.querySelector("#chosen");
const ticked = () => boxes.filter((box) => box.checked);

for (const part of document.querySelectorAll(".scripted")) part.hidden = false;

// ---- choosing

let last; // the box that was changed last: Shift chooses from there

function tell() {
  const count = whole?.checked ? Number(chosen.dataset.of) : ticked().length;
  chosen.textContent = count ? n("%d feed chosen", "%d feeds chosen", count) : "";
  here.checked = boxes.length > 0 && ticked().length === boxes.length;
  here.indeterminate = !here.checked && ticked().length > 0;
  for (const box of boxes) box.closest("tr").classList.toggle("picked", box.checked);
}

function choose(box, on, stretch) {
  const from = stretch && last ? boxes.indexOf(last) : boxes.indexOf(box);
  const to = boxes.indexOf(box);
  for (const b of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) b.checked = on;
  last = box;
  tell();
}

for (const box of boxes) box.addEventListener("click", (event) => choose(box, box.checked, event.shiftKey));
form?.addEventListener("click", ({ target }) => { if (target.matches("td.pick")) target.querySelector("input").click(); }); // a finger is wider than a box
here?.addEventListener("change", () => {
  for (const box of boxes) box.checked = here.checked;
  tell();
});
whole?.addEventListener("change", tell);
if (form) addEventListener("pageshow", tell); // a browser may bring ticks back

// ---- keys, where the focus is in the table

const rows = boxes.map((box) => box.closest("tr"));
const enter = (row) => {
  if (!row) return;
  row.querySelector(".name").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};
const off = () => { try { return localStorage.getItem("keys") === "off"; } catch { return false; } };

form?.addEventListener("keydown", (event) => {
  const row = event.target.closest("tbody tr[id]");
  if (!row || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || off()) return;
  const box = row.querySelector('input[name="feed"]');
  const act = {
    j: () => enter(rows[rows.indexOf(row) + 1]),
    k: () => enter(rows[rows.indexOf(row) - 1]),
    x: () => choose(box, !box.checked),
    X: () => choose(box, true, true),
    b: () => document.querySelector("#move").focus(),
    e: () => row.querySelector(".go a").click(),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
});

// After an action the focus is at the feed that it was about, if that is listed, or at
// the list. The browser goes to the address' fragment first, and takes the focus away.
addEventListener("load", () => {
  if (!new URLSearchParams(location.search).has("done")) return;
  const row = /^#f\d+$/.test(location.hash) && document.querySelector(location.hash);
  if (row) enter(row);
  else document.querySelector("#list-title")?.focus({ preventScroll: true });
});
if (location.hash === "#folder") {
  const edit = document.querySelector("#folder");
  if (edit) edit.open = true;
  document.querySelector("#folder-to")?.select();
}

// ---- dragging onto folders: what is chosen if the row is, else the row alone

let dragged = [];

for (const row of rows) {
  row.draggable = true;
  row.addEventListener("dragstart", (event) => {
    const box = row.querySelector('input[name="feed"]');
    dragged = box.checked ? ticked() : [box];
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.map((b) => b.closest("tr").querySelector(".name").textContent).join("\n"));
    document.body.classList.add("dragging");
  });
  row.addEventListener("dragend", () => {
    dragged = [];
    document.body.classList.remove("dragging");
  });
}

for (const place of document.querySelectorAll("[data-folder]")) {
  place.addEventListener("dragover", (event) => {
    if (!dragged.length) return;
    event.preventDefault();
    place.classList.add("over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    if (!dragged.length) return;
    event.preventDefault();
    place.classList.remove("over");
    for (const box of boxes) box.checked = dragged.includes(box);
    if (whole) whole.checked = false;
    document.querySelector("#new").value = "";
    document.querySelector("#move").value = place.dataset.folder;
    form.requestSubmit(document.querySelector("#do-move"));
  });
}
