// Elements made of names and texts.  Texts are set as texts: nothing that a record says can become markup.

const SVG = "http://www.w3.org/2000/svg";

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", `icon i-${name.replaceAll("_", "-")}`);
  drawn.setAttribute("aria-hidden", "true");
  drawn.setAttribute("width", "20");
  drawn.setAttribute("height", "20");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${document.getElementById(`i-${name}`) ? name : "other"}`);
  drawn.append(use);
  return drawn;
}

// A name in its own language and direction.
export function named(text, lang) {
  return element("bdi", { lang: lang === "und" ? null : lang }, text);
}

export function button(text, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}
