"""The frame that most examples of the codes stand in."""

from __future__ import annotations


def network(*steps: str, before: str = "", image: str = "3, H = 32, W = 32") -> str:
    """A file with one network: its steps, a line each, on one image; `before` stands above it."""
    lines = [f"input image[{image}]", *steps]
    body = "".join(f"    {line}\n" for step in lines for line in step.split("\n"))
    above = f"{before}\n" if before else ""
    return f"{above}network n {{\n{body}}}\n"
