"""What a server answers, held against what the map expects of the exchange.

asking and listening get the answers, once each; `checks` judge them without I/O; `saving` makes fixtures of them.
"""
