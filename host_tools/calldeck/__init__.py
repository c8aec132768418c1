"""CallDeck: a desk console for contact-centre agents, its daemon and its tools."""

__version__ = "0.1.0"
