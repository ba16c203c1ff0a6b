"""How much a root template may come to: a small text can ask for more than anybody would wait for."""

from __future__ import annotations

# Nodes that stacks, includes and loops write under one root. A template of 1 MB, the most that CloudFormation takes,
# has some 50,000.
_MOST_NODES = 250_000

# Characters of a template for each node: fewer are rare. A stack costs something, small as it is.
_CHARACTERS = 20
_STACK = 250

# What a turn of a loop costs: most write a resource, of which CloudFormation takes 500.
_TURN = 50


class Budget:
    """What is left to be spent under one root."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def spend(self, nodes: int = 1) -> bool:
        """Whether so many nodes are left; they are spent."""
        self._left -= nodes
        return self._left >= 0

    def spend_stack(self, text: str) -> None:
        """Spend what a stack costs whose template has this text."""
        self.spend(_STACK + len(text) // _CHARACTERS)

    def spend_turn(self) -> None:
        """Spend what a turn of a loop costs, beside the nodes that it writes."""
        self.spend(_TURN)

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self._left < 0
