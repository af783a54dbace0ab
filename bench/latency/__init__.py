"""Measure latency under load: of Calotype, on a laptop or deployed, or of another service.

scenario -> requests -> client -> tally -> result -> terminal, JSON, HTML, comparison
"""
