// A table that fits its frame keeps its headings in sight while the page scrolls. One that is wider
// scrolls in its frame, which the keyboard can reach then. Without a script every frame may scroll.
const sizes = new ResizeObserver((seen) => {
  for (const { target } of seen) fit(target.closest(".table-frame"));
});

export function watchFrames() {
  watchAll();
  document.addEventListener("htmx:afterSettle", watchAll);
}

function watchAll() {
  for (const frame of document.querySelectorAll(".table-frame")) {
    const table = frame.querySelector("table");
    if (!table) continue;
    sizes.observe(frame);
    sizes.observe(table);
  }
}

function fit(frame) {
  const table = frame?.querySelector("table");
  if (!table) return;
  const isWhole = table.offsetWidth <= frame.clientWidth + 1;
  frame.classList.toggle("is-whole", isWhole);
  if (isWhole) frame.removeAttribute("tabindex");
  else frame.tabIndex = 0;
}
