// The colours of the map are those of the stylesheets, for whichever scheme the reader has.

export function readInk(resources) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const ink = {
    land: colour("land"),
    sea: colour("sea"),
    shore: colour("shore"),
    border: colour("border"),
    province: colour("province"),
    river: colour("river"),
    name: colour("place-name"),
    halo: colour("halo"),
    text: colour("ink"),
    accent: colour("accent"),
    alarm: colour("alarm"),
    resources: {},
  };
  ink.resources.alert = ink.alarm;
  for (const slug of [...resources, "other"]) ink.resources[slug] = colour(slug.replaceAll("_", "-"));
  return ink;
}

// An expression that gives each feature the colour of its resource.
export function ofResource(ink) {
  const { other, ...known } = ink.resources;
  return ["match", ["get", "resource"], ...Object.entries(known).flat(), other];
}
