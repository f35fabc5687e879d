"""The Bot Framework edge: the only place that knows the SDK and its wire."""
