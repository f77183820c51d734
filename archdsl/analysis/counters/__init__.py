"""How other tools count the work of a network, and which of them a published figure comes from."""

from archdsl.analysis.counters.conventions import CONVENTIONS, FREE, Convention
from archdsl.analysis.counters.counting import Counting, count
from archdsl.analysis.counters.seen import Seen

__all__ = ["CONVENTIONS", "FREE", "Convention", "Counting", "Seen", "count"]
