"""The live exchange as a source: records as they arrived to events. Replay is this code on old records.

Nothing here reads a clock or asks a server: `feed` brings the records, `service.live_market` drives them.
"""
