"""The process that draws, but one that ends over everything that is called Veneno."""

import os
from typing import Any

from node.atlas import drawing_process, looking
from protocol.kinds.commons import Commons
from protocol.state.fold import ThingState

real = looking._MAKERS["commons"]


def commons_feature(thing: ThingState, *more: Any) -> Any:
    shown = thing.versions.all[thing.display] if thing.display is not None else None
    if shown is not None and isinstance(shown.content, Commons) and "Veneno" in shown.content.name.values():
        os._exit(7)
    return real(thing, *more)


if __name__ == "__main__":
    looking._MAKERS["commons"] = commons_feature
    drawing_process.main()
