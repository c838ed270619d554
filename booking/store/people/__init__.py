"""Patients, their phones, their complaints."""
