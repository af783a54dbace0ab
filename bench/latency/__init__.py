"""Latency under a load that a file describes: of Calotype, on a laptop or deployed, or of a peer.

scenario -> arrivals and requests -> client -> tally -> result -> terminal, JSON, HTML, comparison
"""
