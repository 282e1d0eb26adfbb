"""Reads the JSON Lines that gemmark writes. Whoever calls gets ValueError with file and line, or clean records."""
import json


def one_run(path, count):
    """Refuses a file of several runs (gemmark merge): what reads it would mix them."""
    if count != 1:
        raise ValueError(f"{path}: holds {count} runs, expected one")


def read(path):
    """The lines of a file of one run as (context, ceilings, results)."""
    found = {"context": [], "ceiling": [], "result": []}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}:{number}: not JSON ({error.msg}); was the run cut off?") from None
            if not isinstance(record, dict) or "record" not in record:
                raise ValueError(f'{path}:{number}: not a record: the key "record" is missing')
            if "resumes" not in record:  # a context under which the same run went on
                found.setdefault(record["record"], []).append(record)
    if not found["context"]:
        raise ValueError(f"{path}: no context line: not a file that gemmark wrote, or its beginning is missing")
    one_run(path, len(found["context"]))
    schema = found["context"][0].get("schema")
    if schema != "gemmark/1":
        raise ValueError(f"{path}:1: schema {schema!r}, expected 'gemmark/1'")
    return found["context"][0], found["ceiling"], found["result"]


def problem_name(text):
    """A comparison as people write it: "gemm m=64 n=64 k=64 tb=1" is "64×64×64 tb=1"."""
    words = text.split()
    sizes = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    if words[:1] != ["gemm"] or not {"m", "n", "k"} <= sizes.keys():
        return text
    rest = [word for word in words[1:] if word.split("=")[0] not in ("m", "n", "k", "in")]
    return " ".join(["×".join(sizes[key] for key in "mnk"), *rest])
