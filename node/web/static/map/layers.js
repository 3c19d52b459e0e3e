// How what is held lies on the ground: status by line and pattern, resources by colour and icon.

import { ofResource } from "./ink.js";

export const SOURCE = "atlas";
export const PICKED = ["pins", "alert-pins", "lines", "areas"];
export const CLUSTERS = "clusters";
const NOBODY = ["==", ["get", "id"], ""];

const is = (name, value) => ["==", ["get", name], value];
const isOn = (name) => ["in", ["get", name], ["literal", [1, true]]];
const isSeveral = [">", ["coalesce", ["get", "count"], 1], 1];
const isArea = ["==", ["geometry-type"], "Polygon"];
const isLine = ["==", ["geometry-type"], "LineString"];
const told = ["case", isOn("contested"), "contested", is("voice", "own"), "own", "other"];
const flag = (name) => ["case", isOn(name), "1", "0"];
const resource = ["coalesce", ["get", "resource"], "other"];
const name = ["coalesce", ["get", `name:${document.documentElement.lang}`], ["get", "name"], ""];

export function atlasLayers(ink, font) {
  const colour = ofResource(ink);
  const of = (layer) => ({ source: SOURCE, "source-layer": layer });
  const edge = ["interpolate", ["linear"], ["zoom"], 3, 1, 8, 1.8, 13, 2.6];
  const outline = (id, filter, paint, layer = "commons") => ({
    id,
    type: "line",
    ...of(layer),
    filter,
    layout: { "line-join": "round", "line-cap": "butt" },
    paint: { "line-color": colour, "line-width": edge, ...paint },
  });
  return [
    {
      id: "soft",
      type: "circle",
      ...of("commons_points"),
      filter: ["all", ["!", isSeveral], [">", ["coalesce", ["get", "uncertainty_m"], 0], 0]],
      paint: { "circle-color": colour, "circle-opacity": 0.22, "circle-blur": 0.55, "circle-radius": softRadius(40) },
    },
    {
      id: "areas",
      type: "fill",
      ...of("commons"),
      filter: isArea,
      paint: { "fill-color": colour, "fill-opacity": ["case", isOn("contested"), 0.08, 0.17] },
    },
    {
      id: "hatched",
      type: "fill",
      ...of("commons"),
      filter: ["all", isArea, isOn("contested")],
      paint: { "fill-pattern": ["concat", "hatch|", resource] },
    },
    outline("pointed", NOBODY, { "line-color": ink.text, "line-width": 7, "line-opacity": 0.22 }),
    outline("chosen", NOBODY, { "line-color": ink.text, "line-width": 9, "line-opacity": 0.32 }),
    outline("own-edge", ["all", isArea, is("voice", "own")], {}),
    outline("other-edge", ["all", isArea, ["!=", ["get", "voice"], "own"]], { "line-dasharray": [2.6, 1.8] }),
    outline("lines", ["all", isLine, is("voice", "own")], { "line-width": 3 }),
    outline("other-lines", ["all", isLine, ["!=", ["get", "voice"], "own"]], { "line-width": 3, "line-dasharray": [2, 1.4] }),
    outline("alert-edge", ["any", isArea, isLine], { "line-color": ink.alarm, "line-width": 3 }, "alerts"),
    {
      id: CLUSTERS,
      type: "circle",
      ...of("commons_points"),
      filter: isSeveral,
      layout: { "circle-sort-key": ["get", "count"] },
      paint: {
        "circle-color": ink.land,
        "circle-radius": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0.3, 10, 2, 15, 5, 26],
        "circle-stroke-color": ["case", ["has", "resource"], colour, ink.text],
        "circle-stroke-width": 1.8,
      },
    },
    {
      id: "cluster-numbers",
      type: "symbol",
      ...of("commons_points"),
      filter: isSeveral,
      layout: {
        "text-field": ["number-format", ["get", "count"], { locale: document.documentElement.lang }],
        "text-font": [`${font} Bold`, font],
        "text-size": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0.3, 11, 5, 14],
        "text-allow-overlap": true,
        "text-ignore-placement": true,
        "symbol-sort-key": ["get", "count"],
      },
      paint: { "text-color": ink.text },
    },
    {
      id: "pins",
      type: "symbol",
      ...of("commons_points"),
      filter: ["!", isSeveral],
      layout: {
        "icon-image": ["concat", "pin|", resource, "|", told, "|", flag("pact"), "|", flag("alert")],
        "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 3, 0.8, 8, 1],
        "text-field": ["step", ["zoom"], "", 7, name],
        "text-font": [font],
        "text-size": 13,
        "text-optional": true,
        "text-max-width": 9,
        "text-variable-anchor": ["top", "bottom", "right", "left"],
        "text-radial-offset": 1.1,
        "text-justify": "auto",
      },
      paint: { "text-color": colour, "text-halo-color": ink.halo, "text-halo-width": 1.8 },
    },
    {
      id: "alert-pins",
      type: "symbol",
      ...of("alerts"),
      filter: ["all", ["==", ["geometry-type"], "Point"], ["!", isSeveral]],
      // Beside the pin of what it is about, which is often at the same place.
      layout: { "icon-image": "pin|alert|own|0|0", "icon-allow-overlap": true, "icon-size": 0.85, "icon-offset": [17, -15] },
    },
    {
      id: "alert-clusters",
      type: "circle",
      ...of("alerts"),
      filter: isSeveral,
      paint: { "circle-color": ink.land, "circle-radius": 9, "circle-stroke-color": ink.alarm, "circle-stroke-width": 2.5 },
    },
    {
      id: "pointed-pin",
      type: "circle",
      ...of("commons_points"),
      filter: NOBODY,
      paint: { "circle-opacity": 0, "circle-radius": 14, "circle-stroke-color": ink.text, "circle-stroke-width": 4, "circle-stroke-opacity": 0.25 },
    },
    {
      id: "chosen-pin",
      type: "circle",
      ...of("commons_points"),
      filter: NOBODY,
      paint: { "circle-opacity": 0, "circle-radius": 14.5, "circle-stroke-color": ink.text, "circle-stroke-width": 5, "circle-stroke-opacity": 0.35 },
    },
  ];
}

// How wide a circle is that reaches as far as the place is uncertain; `lat`: where the map is looked at.
export function softRadius(lat) {
  const metres = ["coalesce", ["get", "uncertainty_m"], 0];
  const pixels = (zoom) => ["max", 4, ["*", metres, (512 * 2 ** zoom) / (40075016.7 * Math.cos((lat * Math.PI) / 180))]];
  return ["interpolate", ["exponential", 2], ["zoom"], 0, pixels(0), 20, pixels(20)];
}

export function ofThing(id) {
  return id ? is("id", id) : NOBODY;
}

// The address of tiles with what was chosen: each mark is a question of its own, and a month ends with its last day.
export function tileAddress(setup, address) {
  const query = new URLSearchParams();
  for (const name of ["resource", "voice"]) if (address[name].size) query.set(name, [...address[name]].sort().join(","));
  for (const mark of address.mark) query.set(mark, "1");
  if (address.at) query.set("at", lastDay(address.at));
  const text = query.toString().replaceAll("%2C", ",");
  return `${location.origin}${setup.tiles}${text ? `?${text}` : ""}`;
}

function lastDay(text) {
  const [year, month = 12, day] = text.split("-").map(Number);
  return day ? text : new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}
