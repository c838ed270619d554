"""Stop-clinic (停诊) and reminders: who is told what, once."""
