"""The version of snaplang: what `snapc --version` says and ONNX models bear."""

__version__ = "0.1.0"
