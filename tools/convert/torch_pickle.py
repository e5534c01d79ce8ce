"""Reads the tensors of a PyTorch checkpoint in the old format (before 1.6: pickles, then the bare storages). No torch.

    weights = read("efficientnet-lite0.pth")        # dict name -> numpy array, contiguous

The file: four pickles (magic, protocol, machine, the state dict), a pickled list of storage keys, and for each key its number
of elements (int64) and the elements, little-endian. A tensor of the state dict is a view of a storage: offset, shape and
strides in elements. The strides matter: weights that came from another framework lie in that one's order.

A pickle can name any function to be called, so only the names that a state dict needs are known here; any other is refused.
"""

import collections
import pickle
import struct
import typing

import numpy

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {"FloatStorage": numpy.dtype("<f4"), "LongStorage": numpy.dtype("<i8")}


class View(typing.NamedTuple):
    """A tensor before its storage was read."""
    key: str
    dtype: numpy.dtype
    offset: int
    shape: tuple
    strides: tuple


def _view(storage, offset, shape, strides, *_rest):
    """What stands for torch._utils._rebuild_tensor_v2."""
    key, dtype = storage
    return View(key, dtype, offset, shape, strides)


class _StateDict(pickle.Unpickler):
    ALLOWED = {("collections", "OrderedDict"): collections.OrderedDict, ("torch._utils", "_rebuild_tensor_v2"): _view}

    def find_class(self, module, name):
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) in self.ALLOWED:
            return self.ALLOWED[module, name]
        raise pickle.UnpicklingError(f"refused to load {module}.{name}")

    def persistent_load(self, pid):
        _word, dtype, key, _device, _count, _view_of = pid
        return key, dtype


class _Plain(pickle.Unpickler):
    """Numbers, strings, lists and dicts only."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"refused to load {module}.{name}")


def _read_storages(file, dtypes):
    storages = {}
    for key in _Plain(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        size = count * dtypes[key].itemsize
        data = file.read(size)
        if count < 0 or len(data) != size:
            raise ValueError(f"storage {key} is cut off: {len(data)} of {size} bytes")
        storages[key] = numpy.frombuffer(data, dtypes[key])
    if file.read(1):
        raise ValueError("bytes behind the last storage")
    return storages


def _tensor(view, storage):
    last = view.offset + sum((size - 1) * stride for size, stride in zip(view.shape, view.strides))
    if view.offset < 0 or min(view.strides, default=0) < 0 or last >= storage.size:
        raise ValueError(f"a tensor of shape {view.shape} reaches beyond its storage")
    strides = [stride * storage.itemsize for stride in view.strides]
    return numpy.lib.stride_tricks.as_strided(storage[view.offset:], view.shape, strides).copy()


def read(path):
    """Dict name -> array."""
    with open(path, "rb") as file:
        if _Plain(file).load() != MAGIC:
            raise ValueError(f"{path} is no checkpoint of the old format")
        _protocol, _machine = _Plain(file).load(), _Plain(file).load()
        views = _StateDict(file).load()
        storages = _read_storages(file, {view.key: view.dtype for view in views.values()})
    return {name: _tensor(view, storages[view.key]) for name, view in views.items()}
