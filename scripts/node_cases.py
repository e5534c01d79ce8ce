#!/usr/bin/env python3
"""Make the file of ONNX's own test cases that tests/ops runs: the node cases, which the onnx package generates, and the small
models with inputs and outputs that it ships. Started by scripts/setup (group test) with the file to write.

    scripts/node_cases.py build/node-cases/cases.bin

The packages come from build/deps/python, in wheels for the Python of Debian 12. With another Python, python3.11 is looked for;
without it the cases are left out, and the test says that it was skipped.

The file, all numbers little-endian, every text and every message a uint32 size and its bytes:
    8 bytes "XBCASES1", uint32 number of cases, then for each case
        name, category (node, simple, pytorch-converted, pytorch-operator, light), operator ("" for models), domain,
        float64 relative and absolute tolerance, the model,
        uint32 data sets, for each: uint32 inputs, uint32 outputs, and these as TensorProto, SequenceProto or OptionalProto
"""

import glob
import json
import os
import shutil
import struct
import sys
import warnings

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PACKAGES = os.path.join(ROOT, "build", "deps", "python")
WANTED = (3, 11)


def find_packages():
    """Make `import onnx` work here, or go on in the Python for which the packages are, or give up."""
    if sys.version_info[:2] == WANTED:
        sys.path.insert(0, PACKAGES)
        if os.path.isdir(os.path.join(PACKAGES, "onnx")):
            return
        reason = "the onnx package is not there for this machine"
    else:
        python = shutil.which("python%d.%d" % WANTED)
        if python:
            os.execv(python, [python, *sys.argv])
        reason = "its packages want Python %d.%d, this is %d.%d" % (*WANTED, *sys.version_info[:2])
    print(f"ONNX's test cases are left out: {reason}")
    sys.exit(0)


find_packages()
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the same sums on every machine
warnings.simplefilter("ignore")  # overflows and divisions by zero are meant
import numpy as np  # noqa: E402
import onnx  # noqa: E402
from onnx import numpy_helper  # noqa: E402
from onnx.backend.test.case.model import collect_testcases  # noqa: E402
from onnx.backend.test.loader import load_node_model_tests  # noqa: E402

DATA = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data")


def blob(data):
    return struct.pack("<I", len(data)) + data


def pack(name, category, operator, domain, tolerances, model, sets):
    parts = [blob(text.encode()) for text in (name, category, operator, "" if domain == "ai.onnx" else domain)]
    parts += [struct.pack("<dd", *tolerances), blob(model), struct.pack("<I", len(sets))]
    for inputs, outputs in sets:
        parts += [struct.pack("<II", len(inputs), len(outputs)), *map(blob, inputs), *map(blob, outputs)]
    return b"".join(parts)


def stored(value, info):
    """A case's value as onnx's generate-data stores it."""
    if isinstance(value, onnx.TensorProto):
        return value.SerializeToString()
    write = {"sequence_type": numpy_helper.from_list, "optional_type": numpy_helper.from_optional,
             "tensor_type": numpy_helper.from_array}[info.type.WhichOneof("value")]
    return write(value, info.name).SerializeToString()


def generated(case, operator, domain):
    graph = case.model.graph
    sets = [([stored(v, i) for v, i in zip(inputs, graph.input, strict=True)],
             [stored(v, o) for v, o in zip(outputs, graph.output, strict=True)]) for inputs, outputs in case.data_sets]
    return pack(case.name, case.kind, operator, domain, (case.rtol, case.atol), case.model.SerializeToString(), sets)


def node_cases():
    """A case that spells an operator out as a function ("..._expanded") follows the one it was made from."""
    base = operator = domain = None
    for case in load_node_model_tests():
        if base is None or not case.name.startswith(base + "_expanded"):
            base, node = case.name, case.model.graph.node[0]
            operator, domain = node.op_type, node.domain
        yield generated(case, operator, domain)


def domain_of(model):
    """The domain of a model's operators that is not ONNX's own, if there is one."""
    return max(node.domain for node in model.graph.node)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def shipped_models():
    """Folders as every ONNX back end knows them: model.onnx, test_data_set_N/{input,output}_M.pb, maybe data.json."""
    def values(folder, kind):
        return [read(os.path.join(folder, f"{kind}_{i}.pb")) for i in range(len(glob.glob(f"{folder}/{kind}_*.pb")))]

    for category in ("simple", "pytorch-converted", "pytorch-operator"):
        for folder in sorted(glob.glob(os.path.join(DATA, category, "test_*"))):
            tolerances = {"rtol": 1e-3, "atol": 1e-7}
            if os.path.exists(os.path.join(folder, "data.json")):
                tolerances.update(json.loads(read(os.path.join(folder, "data.json"))))
            model = read(os.path.join(folder, "model.onnx"))
            sets = [(values(s, "input"), values(s, "output")) for s in sorted(glob.glob(folder + "/test_data_set_*"))]
            yield pack(os.path.basename(folder), category, "", domain_of(onnx.ModelProto.FromString(model)),
                       (tolerances["rtol"], tolerances["atol"]), model, sets)


def generated_models():
    """The light models, true networks with constant weights, and the few simple models that are not shipped."""
    shipped = set(os.listdir(os.path.join(DATA, "simple")))
    for case in collect_testcases():
        if case.kind == "simple" and case.name not in shipped:
            yield generated(case, "", domain_of(case.model))
        elif case.url and "/light/" in case.url:
            path = os.path.join(DATA, "light", os.path.basename(case.url))
            graph = onnx.ModelProto.FromString(read(path)).graph
            weights = {w.name for w in graph.initializer}
            inputs = []
            for i in graph.input:
                if i.name not in weights:
                    shape = [d.dim_value for d in i.type.tensor_type.shape.dim]
                    ramp = np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)  # onnx's generate_dummy_data
                    inputs.append(numpy_helper.from_array(ramp.astype(np.float32), i.name).SerializeToString())
            outputs = [read(path.replace(".onnx", f"_output_{i}.pb")) for i in range(len(graph.output))]
            yield pack(case.name, "light", "", "", (case.rtol, case.atol), read(path), [(inputs, outputs)])


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    path = arguments[0]
    cases = [*node_cases(), *shipped_models(), *generated_models()]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as f:
        f.write(b"XBCASES1" + struct.pack("<I", len(cases)))
        f.writelines(cases)
    os.replace(path + ".new", path)
    print(f"{path}: {len(cases)} cases")


main(sys.argv[1:])
