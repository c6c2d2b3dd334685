"""The map as tools of an agent, over the Model Context Protocol (docs/mcp.md).

A tool is a question of the API and nothing else: the same routes, bounds, pages and sentences, whether the API is in
this process or served elsewhere. What is added is what an agent needs to judge an answer: where it is from, of when,
how complete, and whether "none" means that nothing is there or that it is not known.
"""
