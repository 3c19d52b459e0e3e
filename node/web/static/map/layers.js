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
      paint: {
        "circle-color": ink.land,
        "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1.4, 12, 10, 19, 100, 30],
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
        "text-size": 12.5,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
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
        "text-field": ["step", ["zoom"], "", 7, ["coalesce", ["get", "name"], ""]],
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
      filter: ["==", ["geometry-type"], "Point"],
      layout: { "icon-image": "pin|alert|own|0|1", "icon-allow-overlap": true },
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

export function tileAddress(setup, choices) {
  const query = choices.toString().replaceAll("%2C", ",");
  return `${location.origin}${setup.tiles}${query ? `?${query}` : ""}`;
}
