// Rows of a list: j and k move, Enter opens, x ticks; a click anywhere on a row opens it.
const ROWS = "[data-rows] tbody > tr.row";

export function readyRows() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest(ROWS);
    if (!row?.dataset.url || event.target.closest("a, button, input, label, summary, select")) return;
    if (!window.getSelection().isCollapsed) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.url);
    else window.location.assign(row.dataset.url);
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "row") sayTicked(event.target.form);
  });
}

export function moveFocus(step) {
  const rows = [...document.querySelectorAll(ROWS)];
  if (!rows.length) return;
  const current = rows.indexOf(focusedRow());
  const next = rows[Math.min(rows.length - 1, Math.max(0, current + step))];
  for (const row of rows) row.classList.toggle("is-focused", row === next);
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

export function openFocused() {
  const row = focusedRow();
  if (row && document.activeElement === row && row.dataset.url) window.location.assign(row.dataset.url);
}

export function tickFocused() {
  const box = focusedRow()?.querySelector('input[name="row"]');
  if (!box) return;
  box.checked = !box.checked;
  sayTicked(box.form);
}

function focusedRow() {
  return document.querySelector(`${ROWS}.is-focused`);
}

function sayTicked(form) {
  const words = form?.querySelector("[data-ticked]");
  if (!words) return;
  const count = form.querySelectorAll('input[name="row"]:checked').length;
  words.textContent = count === 1 ? "1 row ticked" : `${count} rows ticked`;
}
