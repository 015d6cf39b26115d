"""The page people look at: one self-contained HTML file, and the same page served for review.

``data`` reads a run's ledger, ``measures`` makes the figures of the overview, ``page`` packs both into the HTML,
``review`` serves it on this machine and writes a person's decisions.
"""
