"""The trained encoder as one small file: an int8 graph, made node by node, for one text at a time.

Weights are 7 bits wide, with a scale a column: on processors without VNNI two products of 8 bits overflow, and the
same text would get other tags there. Inputs of each product are scaled over the one text, so no neighbour matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from analysis.training.encoder import Heads

Weights = Mapping[str, npt.NDArray[np.float32]]
Numbers = npt.NDArray[np.generic]
HEADS_OF_ATTENTION, WIDTH = 12, 384
STEPS = 64
"""The largest whole number that a weight becomes."""


def write_onnx(model: Heads, path: Path) -> None:
    """Write the model. It answers each piece's share of every head's logit.

    Their mean over the pieces is the logit, since the head is linear and lies on the mean of the pieces' states.
    """
    weights = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    graph = _Graph()
    state = _embedded(graph, weights)
    for layer in range(6):
        state = _layer(graph, weights, f"bert.encoder.layer.{layer}.", state)
    head = graph.constant(weights["heads.weight"].T)
    shares = graph.add("MatMul", [state, head])
    graph.add("Add", [shares, graph.constant(weights["heads.bias"])], to="shares")
    made = helper.make_model(
        graph.made(len(weights["heads.bias"])),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
    )
    onnx.save(made, str(path))


def _embedded(graph: _Graph, weights: Weights) -> str:
    """Add the lookup of words and places; the table of words is int8, with a scale a word."""
    name = "bert.embeddings."
    table = weights[name + "word_embeddings.weight"]
    scales = np.maximum(np.abs(table).max(1, keepdims=True), 1e-9).astype(np.float32) / 127
    small = graph.constant(np.round(table / scales).astype(np.int8))
    words = graph.add("Cast", [graph.add("Gather", [small, "ids"])], to_type=TensorProto.FLOAT)
    words = graph.add("Mul", [words, graph.add("Gather", [graph.constant(scales), "ids"])])
    places = weights[name + "position_embeddings.weight"] + weights[name + "token_type_embeddings.weight"][0]
    length = graph.add("Slice", [graph.add("Shape", ["ids"]), *map(graph.constant, _ints([1], [2]))])
    first, along = _ints([0], [0])
    here = graph.add(
        "Slice", [graph.constant(places[:256]), graph.constant(first), length, graph.constant(along)]
    )
    return _normed(graph, weights, name + "LayerNorm.", graph.add("Add", [words, here]))


def _layer(graph: _Graph, weights: Weights, name: str, state: str) -> str:
    triple = [weights[f"{name}attention.self.{one}.weight"] for one in ("query", "key", "value")]
    biases = [weights[f"{name}attention.self.{one}.bias"] for one in ("query", "key", "value")]
    packed = _product(graph, state, np.concatenate(triple), np.concatenate(biases))
    parts = graph.split(packed, 3)
    heard = graph.add("MultiHeadAttention", parts, domain="com.microsoft", num_heads=HEADS_OF_ATTENTION)
    told = _linear(graph, weights, name + "attention.output.dense.", heard)
    state = _normed(graph, weights, name + "attention.output.LayerNorm.", graph.add("Add", [state, told]))
    wide = graph.add(
        "Gelu", [_linear(graph, weights, name + "intermediate.dense.", state)], domain="com.microsoft"
    )
    back = _linear(graph, weights, name + "output.dense.", wide)
    return _normed(graph, weights, name + "output.LayerNorm.", graph.add("Add", [state, back]))


def _linear(graph: _Graph, weights: Weights, name: str, state: str) -> str:
    return _product(graph, state, weights[name + "weight"], weights[name + "bias"])


def _product(
    graph: _Graph, state: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> str:
    columns = weight.T
    scales = np.maximum(np.abs(columns).max(0), 1e-9).astype(np.float32) / STEPS
    small = np.round(columns / scales).astype(np.int8)
    inputs = [state, *map(graph.constant, (small, scales, np.zeros(len(scales), np.int8), bias))]
    return graph.add("DynamicQuantizeMatMul", inputs, domain="com.microsoft")


def _normed(graph: _Graph, weights: Weights, name: str, state: str) -> str:
    given = (graph.constant(weights[name + "weight"]), graph.constant(weights[name + "bias"]))
    return graph.add("LayerNormalization", [state, *given], epsilon=1e-12, axis=-1)


def _ints(*rows: Sequence[int]) -> list[Numbers]:
    return [np.array(row, np.int64) for row in rows]


class _Graph:
    """Nodes and constants on their way into a file; each gets the next number as its name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, value: Numbers) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(
        self, kind: str, inputs: Sequence[str], *, to: str = "", domain: str = "", **settings: object
    ) -> str:
        name = to or f"n{len(self._nodes)}"
        if "to_type" in settings:
            settings["to"] = settings.pop("to_type")
        self._nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **settings))
        return name

    def split(self, value: str, count: int) -> list[str]:
        names = [f"n{len(self._nodes)}_{one}" for one in range(count)]
        self._nodes.append(helper.make_node("Split", [value], names, axis=-1))
        return names

    def made(self, width: int) -> onnx.GraphProto:
        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["rows", "pieces"])
        shares = helper.make_tensor_value_info("shares", TensorProto.FLOAT, ["rows", "pieces", width])
        return helper.make_graph(self._nodes, "earshot", [ids], [shares], self._constants)
