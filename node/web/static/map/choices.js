// The key to the map is its filter: each tick is at once a step in the address.  A slider leads through the months.

import { afterQuiet } from "./asking.js";
import { element } from "./elements.js";

const QUIET_MS = 150;

export function startChoices(setup, address) {
  const key = document.getElementById("key");
  const form = document.getElementById("choices");
  if (!key || !form) return;
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const count = element("span", { class: "count" });
  key.querySelector("summary").append(count);
  const slider = startMonths(setup, address, form);

  const show = () => {
    for (const box of boxes) box.checked = address[box.name].has(box.value);
    const number = boxes.filter((box) => box.checked).length + (address.at ? 1 : 0);
    count.textContent = number ? String(number) : "";
    slider.show();
  };
  form.addEventListener("change", (event) => {
    const box = event.target;
    if (box.type !== "checkbox") return;
    const chosen = new Set(boxes.filter((one) => one.name === box.name && one.checked).map((one) => one.value));
    address.choose({ [box.name]: chosen });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    key.open = false;
  });
  form.querySelector(".everything").addEventListener("click", (event) => {
    event.preventDefault();
    address.choose({ resource: new Set(), voice: new Set(), mark: new Set(), at: "" });
  });
  key.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !key.open) return;
    key.open = false;
    key.querySelector("summary").focus();
  });
  address.addEventListener("change", show);
  if (matchMedia("(min-width: 96rem) and (min-height: 50rem)").matches) key.open = true;
  show();
}

// A slider over the months in which something was told; at its end stands today.
function startMonths(setup, address, form) {
  const field = form.querySelector("#at");
  const first = monthNumber(field.min);
  const last = monthNumber(field.max);
  const range = element("input", {
    type: "range",
    min: first,
    max: last,
    step: 1,
    "aria-label": field.getAttribute("aria-label"),
    disabled: first >= last,
  });
  const told = element("output", { class: "month" });
  field.hidden = true;
  field.name = "";
  field.after(range, told);
  const names = new Intl.DateTimeFormat(setup.language, { month: "long", year: "numeric", timeZone: "UTC" });

  const text = (number) => {
    if (number >= last) return setup.words.today;
    return setup.words.as_of.replace("{month}", names.format(new Date(Date.UTC(Math.floor(number / 12), number % 12, 1))));
  };
  const choose = afterQuiet(QUIET_MS, (number) => address.choose({ at: number >= last ? "" : monthText(number) }));
  const tell = (number) => {
    told.value = text(number);
    range.setAttribute("aria-valuetext", told.value);
  };
  range.addEventListener("input", () => {
    tell(Number(range.value));
    choose(Number(range.value));
  });
  return {
    show() {
      const number = address.at ? Math.min(monthNumber(address.at), last) : last;
      range.value = String(number);
      tell(number);
    },
  };
}

function monthNumber(text) {
  const [year, month = "12"] = text.split("-");
  return Number(year) * 12 + Number(month) - 1;
}

function monthText(number) {
  return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, "0")}`;
}
