"""Records that nobody measured, for tests of the page: every one says so in its machine's name.

The numbers follow a simple model (a roof, an efficiency that grows with size, a seeded jitter), so that charts look
like charts. They must never be taken for results.
"""
import json
import random
import sys
from pathlib import Path



def nothing(schema):
    """What stands for nothing in a field of that schema."""
    kinds = schema.get("type", "string")
    return None if "null" in kinds else {"array": [], "number": 0, "integer": 0, "boolean": False}.get(kinds, "")


SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "reports/record.schema.json").read_text(encoding="utf-8"))
# Fields that the schema asks for and no chart draws.
REQUIRED = {name: nothing(SCHEMA["$defs"]["result"]["properties"][name]) for name in SCHEMA["$defs"]["result"]["required"]}
MARK = "SYNTHETIC, not measured"
STATUS = ["unsupported", "unavailable", "skipped", "mistrusted", "wrong", "failed", "timeout"]
# kernel: backend, role, device, precisions, share of the peak at its best
KERNELS = {
    "cpu_naive": ("cpu", "own", "host", ["fp32", "fp64"], 0.015), "cpu_blocked": ("cpu", "own", "host", ["fp32", "fp64"], 0.12),
    "avx2_packed": ("avx2", "own", "host", ["fp32", "fp64"], 0.72), "avx512_packed": ("avx512", "own", "host", ["fp32", "fp64"], 0.86),
    "openblas": ("openblas", "vendor", "host", ["fp32", "fp64"], 0.8), "onednn": ("onednn", "vendor", "host", ["fp32", "bf16", "int8"], 0.84),
    "cuda_naive": ("cuda", "own", "cuda:0", ["fp32"], 0.01), "cuda_coalesced": ("cuda", "own", "cuda:0", ["fp32"], 0.08),
    "cuda_shared": ("cuda", "own", "cuda:0", ["fp32"], 0.2), "cuda_register": ("cuda", "own", "cuda:0", ["fp32"], 0.55),
    "cuda_pipelined": ("cuda", "own", "cuda:0", ["fp32"], 0.82),
    "wmma_basic": ("wmma", "own", "cuda:0", ["fp16", "bf16", "tf32"], 0.2), "wmma_pipelined": ("wmma", "own", "cuda:0", ["fp16", "bf16", "tf32"], 0.45),
    "mma_fp64": ("mma", "own", "cuda:0", ["fp64"], 0.8), "mma_ldmatrix": ("mma", "own", "cuda:0", ["int4"], 0.7),
    "wgmma_persistent": ("wgmma", "own", "cuda:0", ["fp16", "bf16", "fp8", "int8"], 0.78),
    "wgmma_specialised": ("wgmma", "own", "cuda:0", ["fp16", "bf16"], 0.79),
    "cublaslt": ("cublaslt", "vendor", "cuda:0", ["fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "int8"], 0.8),
    "cublaslt_matmul[heuristic]": ("cublaslt", "vendor", "cuda:0", ["fp16", "bf16"], 0.77),
}
PEAK = {("host", "fp64"): 0.117, ("host", "fp32"): 0.234, ("host", "bf16"): 0.466, ("host", "int8"): 0.905,
        ("cuda:0", "fp64"): 60, ("cuda:0", "fp32"): 60, ("cuda:0", "tf32"): 480, ("cuda:0", "fp16"): 960, ("cuda:0", "bf16"): 960,
        ("cuda:0", "fp8"): 1900, ("cuda:0", "int8"): 1950, ("cuda:0", "int4"): 48}
# What the vendor of a device that does not exist would state: near the measured limit, and far from it.
STATED = {("cuda:0", "fp64"): 61, ("cuda:0", "fp32"): 60.2, ("cuda:0", "tf32"): 495, ("cuda:0", "fp16"): 990, ("cuda:0", "bf16"): 990,
          ("cuda:0", "fp8"): 2400, ("cuda:0", "int8"): 1980}
STREAM = {"host": 46e9, "cuda:0": 4.0e12}
BYTES = {"fp64": 8, "fp32": 4, "tf32": 4, "fp16": 2, "bf16": 2, "fp8": 1, "int8": 1, "int4": 0.5}
UNIT = {"fp64": 2e-16, "fp32": 1e-7, "tf32": 8e-4, "fp16": 8e-4, "bf16": 6e-3, "fp8": 6e-2, "int8": 0, "int4": 0}


def context(devices=("host", "cuda:0"), **changes):
    device = {"host": {"id": "host", "kind": "host", "model": f"CPU ({MARK})", "memory_bytes": 25 * 10 ** 9, "max_threads": 2,
                       "caches": [{"level": 1, "bytes": 32768, "instances": 2}], "facts": {"cores": "2"}},
              "cuda:0": {"id": "cuda:0", "kind": "cuda", "model": f"GPU ({MARK})", "memory_bytes": 140 * 10 ** 9, "max_threads": 1,
                         "caches": [], "facts": {"driver": "none"}}}
    libraries = {"openblas": {"available": True, "why": "", "version": "0.3.21", "facts": {"core": "Prescott"},
                              "advice": ["OpenBLAS dispatches to Prescott; Cooperlake was 3.4x faster in a trial."]},
                 "blis": {"available": False, "why": "libblis.so.4 not found", "version": "", "facts": {}, "advice": []}}
    return {"record": "context", "schema": "gemmark/1", "fingerprint": "synthetic",
            "machine": {"system": "none", "architecture": "x86_64", "missing_devices": {}, "devices": [device[d] for d in devices]},
            "build": {"version": "0.0.0", "revision": "synthetic", "compiler": "none", "flags": "", "type": "Release"},
            "libraries": libraries, "conditions": {"time_utc": "2000-01-01T00:00:00Z", "environment": {}},
            "options": {"problems": [], "seed": 1, "modes": ["cold"], "threads": [0], "target": 0.005}} | changes


def ceilings(devices=("host", "cuda:0")):
    lines = []
    for (device, precision), peak in PEAK.items():
        if device in devices:
            stated = STATED.get((device, precision))
            lines.append(ceiling(device, "compute", "fma", precision, 0, peak * 1e12) | ({"datasheet": stated * 1e12} if stated else {}))
    for device in devices:
        for level, factor in ((0, 1), (2, 6), (1, 20)):
            lines.append(ceiling(device, "bandwidth", "read", None, level, STREAM[device] * factor))
    return lines


def ceiling(device, kind, name, precision, level, value):
    return {"record": "ceiling", "device": device, "kind": kind, "name": name, "backend": "cpu", "precision": precision,
            "cache_level": level, "threads": 2 if device == "host" else 1, "value": value,
            "unit": "flop/s" if kind == "compute" else "B/s", "shape": "synthetic"}


def result(kernel, m, n, k, precision, status="ok", rng=random.Random(0), extra="", mode="cold", factor=1.0, **changes):
    backend, role, device, _, share = KERNELS[kernel]
    comparison = f"gemm m={m} n={n} k={k}{extra}"
    problem = f"gemm m={m} n={n} k={k} in={precision}{extra}"
    flops = 2.0 * m * n * k
    size = BYTES[precision]
    traffic = size * (m * k + k * n + m * n)
    peak = PEAK[device, precision] * 1e12
    bandwidth_bound = flops / peak < traffic / STREAM[device]
    limit = max(flops / peak, traffic / STREAM[device])
    knee = {"host": 1e6, "cuda:0": 3e9}[device]
    efficiency = share * flops / (flops + knee) if not bandwidth_bound else share
    median = limit / efficiency / factor * rng.uniform(0.97, 1.03)
    samples = [median * rng.uniform(0.99, 1.02) for _ in range(12)]
    measured = status in ("ok", "mistrusted", "wrong")
    line = {"record": "result", "problem": problem, "comparison": comparison, "op": "gemm", "precision": precision,
            "kernel": f"gemm/{kernel}", "backend": backend, "role": role, "device": device, "threads": 2 if device == "host" else 1,
            "mode": mode, "data": "uniform", "seed": 1, "status": status, "why": "" if status == "ok" else f"synthetic: {status}",
            "samples_s": samples if measured else [], "median_s": median if measured else None,
            "min_s": min(samples) if measured else None, "mad_s": median * 0.004 if measured else None,
            "ci95_s": [median * 0.985, median * 1.02] if measured else None, "stop": rng.choice(["converged", "noisy"]) if measured else "",
            "timer_bias_s": 0.0, "plan_s": 1e-5, "flops": flops, "flops_padded": flops, "flops_executed": flops, "bytes": traffic,
            "tflops": flops / median / 1e12 if measured else None, "gbps": traffic / median / 1e9 if measured else None,
            "latency_us": median * 1e6 if measured else None, "ceiling_fraction": limit / median if measured else None,
            "backend_ceiling_fraction": None, "bound": "bandwidth" if bandwidth_bound else "compute",
            "error": UNIT[precision] * k ** 0.5 * rng.uniform(1, 3) if measured else None, "error_bound": UNIT[precision] * k ** 0.5 * 20 + 1e-30 if measured else None,
            "verification": "exact+statistical", "algorithm": "", "workspace_bytes": 0,
            "clock_mhz": None, "power_w": None, "energy_j": None, "throttle": "",
            "repro": f'gemmark run --problem "{problem}" --kernels "gemm/{kernel}"'}
    if measured:
        line |= {"relative_error": UNIT[precision] * rng.uniform(0.5, 1), "accumulator_bits": 24}
    if device == "cuda:0" and measured:
        load = flops / median / peak
        line |= {"clock_mhz": 1980 - 400 * load * rng.uniform(0.8, 1.2), "power_w": 120 + 560 * load, "energy_j": (120 + 560 * load) * median, "temperature_c": 40 + 30 * load,
                 "throttle": "power cap" if load > 0.75 else ""}
    return REQUIRED | line | changes


SIZES = [64, 128, 256, 512, 1024, 2048, 4096, 8192]


def problems():
    """Shapes without end: squares first, then layers of fixed weights with growing M, then anything."""
    for size in SIZES:
        yield (size, size, size, "")
    for n, k in ((4096, 4096), (14336, 4096)):
        for m in (1, 4, 16, 64, 256, 1024):
            yield (m, n, k, " tb=1")
    rng = random.Random(3)
    while True:
        yield tuple(16 * rng.randrange(1, 300) for _ in range(3)) + ("",)


def run(count, seed=1, devices=("host", "cuda:0"), factor=1.0, ends=True):
    """A run of that many results, as lines."""
    rng = random.Random(seed)
    results = []
    for m, n, k, extra in problems():
        for kernel, (_, _, device, precisions, _) in KERNELS.items():
            for precision in precisions:
                if device in devices and len(results) < count:
                    status = "ok" if rng.random() < 0.93 else rng.choice(STATUS)
                    results.append(result(kernel, m, n, k, precision, status, rng, extra, factor=factor))
        if len(results) >= count:
            break
    lines = [context(devices), *ceilings(devices), *results]
    if ends and len(devices) > 1 and count >= 100:
        lines += [crossover(precision, transfers) for precision in ("fp32", "bf16") for transfers in (False, True)]
    if ends:
        lines.append({"record": "summary", "rows_by_status": {"ok": 1}, "wall_s": 1, "sampling_s": 1, "verification_s": 0, "setup_s": 0,
                      "ceiling_s": 0, "missing_required": []})
        lines.append({"record": "end", "lines": len(lines) + 1})
    return lines


def crossover(precision, transfers):
    points = [{"size": size, "host_s": 2 * size ** 3 / 2e11, "device_s": 1e-5 + 2 * size ** 3 / 5e13 + transfers * 12 * size ** 2 / 25e9,
               "host_kernel": "gemm/openblas", "device_kernel": "gemm/cublaslt"} for size in SIZES]
    faster = [point["size"] for point in points if point["device_s"] < point["host_s"]]
    return {"record": "summary", "kind": "offload-crossover", "varies": "m=n=k", "family": f"gemm in={precision}", "precision": precision, "device": "cuda:0",
            "transfers": transfers, "verdict": "from", "from": min(faster), "points": points}


def other_operations():
    """Attention and convolution as records will hold them: the page must have their place ready."""
    rng = random.Random(5)
    lines = []
    for kernel, backend, role in (("wgmma_flash", "wgmma", "own"), ("mma_flash", "mma", "own"), ("cudnn", "cudnn", "vendor")):
        share = {"wgmma_flash": 0.6, "mma_flash": 0.3, "cudnn": 0.65}[kernel]
        for length in (512, 2048, 8192):
            shape = f"b=4 hq=16 hkv=16 sq={length} skv={length} d=128"
            lines.append(other("attention", kernel, backend, role, shape, 4.0 * 4 * 16 * length * length * 128, share * rng.uniform(0.9, 1)))
        shape = "n=32 c=128 h=28 w=28 k=128 r=3 s=3 pad=1"
        lines.append(other("conv", kernel, backend, role, shape, 2.0 * 32 * 28 * 28 * 128 * 128 * 9, share * rng.uniform(0.9, 1)))
    return lines


def other(op, kernel, backend, role, shape, flops, share):
    """A row of another operation: one of gemm with its own problem and count."""
    median = flops / (PEAK["cuda:0", "bf16"] * 1e12 * share)
    line = result("wgmma_persistent", 1024, 1024, 1024, "bf16")
    return line | {"op": op, "kernel": f"{op}/{kernel}", "backend": backend, "role": role, "comparison": f"{op} {shape}", "problem": f"{op} {shape} in=bf16",
                   "flops": flops, "flops_padded": flops, "flops_executed": flops, "bytes": flops / 300, "median_s": median, "min_s": median * 0.99,
                   "ci95_s": [median * 0.99, median * 1.01], "samples_s": [median] * 12, "tflops": flops / median / 1e12, "gbps": flops / 300 / median / 1e9,
                   "latency_us": median * 1e6, "ceiling_fraction": share, "bound": "compute"}


def text(lines):
    return "".join(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(text(run(int(sys.argv[1]) if len(sys.argv) > 1 else 400)))
