"""Plans and reports as text or JSON: functions to str, no printing, no clock."""
