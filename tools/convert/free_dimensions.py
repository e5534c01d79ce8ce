#!/usr/bin/env python3
"""An ONNX model that was exported for one size, with free dimensions instead. Needs onnx.

    free_dimensions.py centerface.onnx free.onnx input.1=batch,3,height,width

Each argument names an input and its dimensions: numbers are fixed, words free. The dimensions of the outputs become free. Right
only where no node holds the size that it was exported for.
"""

import sys

import onnx


def set_shape(port, dimensions):
    shape = port.type.tensor_type.shape
    shape.Clear()
    for dimension in dimensions:
        if dimension.isdigit():
            shape.dim.add().dim_value = int(dimension)
        else:
            shape.dim.add().dim_param = dimension


def main(source, result, inputs):
    model = onnx.load(source)
    ports = {port.name: port for port in model.graph.input}
    for name, dimensions in inputs.items():
        set_shape(ports[name], dimensions)
    for port in model.graph.output:
        rank = len(port.type.tensor_type.shape.dim)
        set_shape(port, [f"{port.name}_{axis}" for axis in range(rank)])
    onnx.checker.check_model(model)
    onnx.save(model, result)


if __name__ == "__main__":
    if len(sys.argv) < 4 or not all("=" in argument for argument in sys.argv[3:]):
        sys.exit(__doc__)
    pairs = [argument.split("=", 1) for argument in sys.argv[3:]]
    main(sys.argv[1], sys.argv[2], {name: dimensions.split(",") for name, dimensions in pairs})
