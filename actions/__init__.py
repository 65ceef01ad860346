"""What the assistant can do: custom actions, and the shop behind them."""
