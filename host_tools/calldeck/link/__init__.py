"""The link to the console: ports, connection, session, reconnect policy.

In layers, each of which knows only the one below: `reconnect` (policy), `connection`
(one byte stream, single use), `session` (the protocol, no I/O), `calldeck_wire`
(frames and the reliable link). Nothing above can tell a real console from an emulated
or a virtual one.
"""
