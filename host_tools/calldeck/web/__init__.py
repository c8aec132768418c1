"""The local API: what this desk is doing, for programs on this computer alone.

Its libraries (fastapi, uvicorn) are those of `app` and `server` alone: the other modules are
imported at the start of every run, which these would delay.
"""
