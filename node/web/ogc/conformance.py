"""What the API keeps to: the classes of requirements of the standards whose tests it would pass.

Of CQL2 not claimed: arithmetic and functions of one's own, for nobody asked for them yet.
"""

FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CRS = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf"
FILTERING = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
COMMON = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"

CONFORMANCE_CLASSES = (
    *(f"{FEATURES}/{name}" for name in ("core", "oas30", "html", "geojson")),
    *(f"{COMMON}/{name}" for name in ("core", "landing-page", "oas30", "html", "json")),
    f"{CRS}/crs",
    *(
        f"{FILTERING}/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{CQL2}/{name}"
        for name in (
            "cql2-text",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "array-functions",
            "property-property",
        )
    ),
)
