"""Matters that take more than one turn: an order's status, a cancellation, a return, a complaint.

| file | what is in it |
|---|---|
| `form.py` | the one form behind all cases: answer, change of mind, or interruption |
| `case.py` | what a case is, and what it works with |
| `state.py` | what is remembered between two turns |
| `which_order.py` | which order is meant, and whose it is |
| `goals.py` | which intent begins which case |
| the others | one case each |
"""
