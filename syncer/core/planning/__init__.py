"""From desired and current state to actions; `core.planner` is the way in."""
