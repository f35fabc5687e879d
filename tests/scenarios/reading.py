"""Reading cards as a test does."""


def walk(element):
    """Give every element of a card, itself first."""
    if isinstance(element, dict):
        yield element
        for inner in element.values():
            yield from walk(inner)
    elif isinstance(element, list):
        for inner in element:
            yield from walk(inner)
