"""A network given as JSON, trained in Keras under tf.function. Each line on stdin asks for processor milliseconds per step, or for peak `memory` in MiB."""

import json
import os
import resource
import sys
import time

settings = json.loads(sys.argv[1])
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["OMP_NUM_THREADS"] = str(settings["threads"])

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])

layers = keras.layers
builders = {
    "conv2d": lambda layer: layers.Conv2D(
        layer["filters"],
        layer["kernel"],
        strides=layer["strides"],
        padding=layer["padding"],
        use_bias=layer["bias"],
        kernel_initializer="he_normal",
    ),
    "depthwiseConv2d": lambda layer: layers.DepthwiseConv2D(
        layer["kernel"],
        strides=layer["strides"],
        padding=layer["padding"],
        use_bias=layer["bias"],
        depthwise_initializer="he_normal",
    ),
    "avgPool2d": lambda layer: layers.AveragePooling2D(layer["size"], layer["strides"], layer["padding"]),
    "add": lambda layer: layers.Add(),
    "dense": lambda layer: layers.Dense(layer["units"], use_bias=layer["bias"]),
    "batchNorm": lambda layer: layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
    "activation": lambda layer: layers.Activation(layer["activation"]),
    "globalAvgPool2d": lambda layer: layers.GlobalAveragePooling2D(),
    "globalAvgPool1d": lambda layer: layers.GlobalAveragePooling1D(),
    "layerNorm": lambda layer: layers.LayerNormalization(epsilon=1e-5),
    "embedding": lambda layer: layers.Embedding(layer["tokens"], layer["width"]),
    "selfAttention": lambda layer: lambda x: layers.MultiHeadAttention(layer["heads"], x.shape[-1] // layer["heads"])(x, x),
}

network = settings["network"]
tensors = {"input": keras.Input(network["input"])}
for layer in network["layers"]:
    inputs = [tensors[name] for name in layer["inputs"]]
    tensors[layer["name"]] = builders[layer["op"]](layer)(inputs[0] if len(inputs) == 1 else inputs)
model = keras.Model(tensors["input"], tensors[network["output"]])

optimizer = keras.optimizers.Adam(settings["learningRate"])
optimizer.build(model.trainable_variables)
loss_of = keras.losses.CategoricalCrossentropy(from_logits=True)

random = np.random.default_rng(1)
count = settings["batchSize"]
size = (count, *network["input"])
first = network["layers"][0]
x = (random.integers(first["tokens"], size=size) if first["op"] == "embedding" else random.normal(size=size)).astype("float32")
y = np.eye(settings["classes"], dtype="float32")[random.integers(settings["classes"], size=count)]


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, model(x, training=True))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss


def measure():
    start = time.process_time()
    total = 0.0
    for _ in range(settings["steps"]):
        # As on the other side, each batch comes from the host and no step waits for its loss.
        total = total + step(tf.constant(x), tf.constant(y))
    assert np.isfinite(total.numpy())
    return (time.process_time() - start) * 1000 / settings["steps"]


for line in sys.stdin:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if line.strip() == "memory" else measure(), flush=True)
