"""Small files of record for the tests of the scripts."""
import json

CONTEXT = {
    "record": "context", "schema": "gemmark/1", "fingerprint": "0", "options": {},
    "machine": {"devices": [{"id": "host", "model": "Some CPU", "max_threads": 2}]},
    "build": {"version": "0.1.0", "compiler": "g++ 12"},
    "libraries": {"openblas": {"available": True, "version": "0.3.21", "facts": {"core": "Haswell"}},
                  "onednn": {"available": False, "version": ""}},
    "conditions": {"time_utc": "2025-01-02T03:04:05Z"},
}


def result(kernel, median_s=None, problem="gemm m=64 n=64 k=64", precision="fp32", status="ok", **fields):
    row = {"record": "result", "op": "gemm", "comparison": problem, "problem": problem, "precision": precision,
           "kernel": f"gemm/{kernel}", "role": "vendor" if kernel.startswith("openblas") else "own",
           "device": "host", "threads": 1, "mode": "cold", "status": status, "stop": "converged",
           "median_s": median_s, "tflops": median_s and 1e-3 / median_s, "ceiling_fraction": 0.5,
           "bound": "compute"}
    return {**row, **fields}


def ceiling(value, **fields):
    row = {"record": "ceiling", "device": "host", "kind": "compute", "name": "fma", "backend": "cpu", "precision": "fp32",
           "cache_level": 0, "threads": 1, "value": value, "unit": "flop/s"}
    return {**row, **fields}


def write(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in (CONTEXT, *records)))
    return path
