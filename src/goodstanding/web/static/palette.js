// Ctrl K: the search page's own fragment in a dialog, chosen by arrow keys.
const WAIT_MS = 120;
let timer = 0;
let asked = 0;

const palette = () => document.getElementById("palette");
const query = () => document.getElementById("palette-query");
const hits = () => [...document.querySelectorAll("#palette-hits a.hit")];

export function readyPalette() {
  query()?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, WAIT_MS);
  });
  query()?.addEventListener("keydown", choose);
  for (const link of document.querySelectorAll('[data-opens="shortcuts"]')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      link.closest("details").open = false;
      showShortcuts();
    });
  }
}

export function openPalette() {
  const dialog = palette();
  if (!dialog || dialog.open) return;
  dialog.showModal();
  query().select();
  load();
}

export function showShortcuts() {
  document.getElementById("shortcuts")?.showModal();
}

async function load() {
  const turn = ++asked;
  const url = new URL(palette().dataset.source, window.location.origin);
  url.searchParams.set("q", query().value);
  const response = await fetch(url, { headers: { "HX-Request": "true" } });
  if (turn !== asked || !response.ok) return;
  document.getElementById("palette-hits").innerHTML = await response.text();
  mark(hits()[0]);
}

function choose(event) {
  const found = hits();
  const current = found.findIndex((hit) => hit.classList.contains("is-focused"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    mark(found[(current + step + found.length) % found.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    found[current]?.click();
  }
}

function mark(chosen) {
  for (const hit of hits()) {
    hit.classList.toggle("is-focused", hit === chosen);
    hit.setAttribute("aria-selected", String(hit === chosen));
  }
  if (!chosen) return;
  query().setAttribute("aria-activedescendant", chosen.id);
  chosen.scrollIntoView({ block: "nearest" });
}
