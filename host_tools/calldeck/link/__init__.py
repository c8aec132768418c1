"""The link to the console: ports, connection, session, reconnect policy.

In layers, each of which knows only the one below: `reconnect` (policy), `connection`
(one byte stream, single use), `session` (the protocol, no I/O), `calldeck_wire`
(frames and the reliable link). Beside them: `ports`, with `usb` (what is plugged in) and
`holder` (who has a port), `plug_watch` (when to look again), `standstill` (whether this
computer was asleep), `flight` and `frame_file` (what passed before a fault). Nothing
above can tell a real console from an emulated or a virtual one.
"""
