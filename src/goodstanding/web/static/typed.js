// A form that is fetched anew while somebody types in it: what was typed meanwhile, and where the
// cursor stood, go into the form that comes. A form asks for it by data-keeps-typed and has an id.
const sent = new Map(); // by the form's id: each field as the request took it along

const stateOf = (field) => (field.type === "checkbox" ? field.checked : field.value);

// Fields by name and place among those of the name; a box by its name and value.
function fieldsOf(form) {
  const places = {};
  const found = new Map();
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.tagName === "BUTTON") continue;
    const place = (places[field.name] = (places[field.name] ?? 0) + 1);
    const key = field.type === "checkbox" ? `${field.name}=${field.value}` : `${field.name}#${place}`;
    found.set(key, field);
  }
  return found;
}

function restore(field, typed) {
  if (field.type === "checkbox") field.checked = typed;
  else if (field.tagName !== "SELECT" || [...field.options].some((each) => each.value === typed)) {
    field.value = typed;
  }
}

export function keepTyped() {
  let kept = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt.closest("form[data-keeps-typed]");
    if (!form) return;
    sent.set(form.id, new Map([...fieldsOf(form)].map(([key, field]) => [key, stateOf(field)])));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.target.closest("form[data-keeps-typed]");
    const before = form && sent.get(form.id);
    if (!before) return;
    const fields = [...fieldsOf(form)];
    const [focused, field] = fields.find(([, each]) => each === document.activeElement) ?? [];
    kept = {
      id: form.id,
      typed: fields.filter(([key, each]) => stateOf(each) !== before.get(key)).map(([key, each]) => [key, stateOf(each)]),
      focused,
      span: field && "selectionStart" in field ? [field.selectionStart, field.selectionEnd] : [null],
    };
  });
  document.addEventListener("htmx:afterSettle", () => {
    const form = kept && document.getElementById(kept.id);
    if (!form) return;
    const { typed, focused, span } = kept;
    kept = null;
    const fields = fieldsOf(form);
    for (const [key, value] of typed) if (fields.has(key)) restore(fields.get(key), value);
    const field = fields.get(focused);
    if (!field) return;
    field.focus({ preventScroll: true });
    if (span[0] !== null && "setSelectionRange" in field) field.setSelectionRange(...span);
  });
}
