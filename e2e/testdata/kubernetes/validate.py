"""Holds manifests against the OpenAPI schemas of Kubernetes: validate.py SCHEMAS MANIFEST...

SCHEMAS is a folder with the documents of OpenAPI v3, as a server has them. Fields that a schema
does not have are mistakes, as they are for kubectl with --validate=strict.
"""
import json
import pathlib
import sys

import jsonschema
import yaml

schemas, wrong = {}, 0
for path in pathlib.Path(sys.argv[1]).rglob("*.json"):
    schemas.update(json.loads(path.read_text()).get("components", {}).get("schemas", {}))


def strict(schema):
    """The schema, whose objects have no other fields, and which refers to what is beside it."""
    made = {k: v for k, v in schema.items() if k not in ("default", "format")}
    if isinstance(made.get("$ref"), str):
        made["$ref"] = made["$ref"].replace("#/components/schemas/", "#/definitions/")
    for key in ("allOf", "anyOf", "oneOf"):
        if key in made:
            made[key] = [strict(one) for one in made[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = strict(made[key])
    if "properties" in made:
        made["properties"] = {name: strict(one) for name, one in made["properties"].items()}
        made.setdefault("additionalProperties", False)
    return made


definitions = {name: strict(schema) for name, schema in schemas.items()}
for name in sys.argv[2:]:
    for document in yaml.safe_load_all(pathlib.Path(name).read_text()):
        group, _, version = document["apiVersion"].rpartition("/")
        kind = {"group": group, "version": version, "kind": document["kind"]}
        of = [n for n, s in schemas.items() if kind in s.get("x-kubernetes-group-version-kind", [])]
        if len(of) != 1:
            sys.exit(f"{name}: no schema of {kind}")
        validator = jsonschema.Draft4Validator({"$ref": "#/definitions/" + of[0], "definitions": definitions})
        mistakes = list(validator.iter_errors(document))
        for m in mistakes:
            print(f"{name}: {document['kind']}: {'.'.join(map(str, m.absolute_path))}: {m.message}")
        wrong += len(mistakes)
        print(f"{name}: {document['kind']}: {len(mistakes)} mistakes")
sys.exit(wrong > 0)
