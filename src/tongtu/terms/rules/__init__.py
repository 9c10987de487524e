"""Pure arithmetic of loans: calendars, schedules, quotes and yearly cost."""
