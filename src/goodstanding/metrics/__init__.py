"""How are we doing?  The lake, the catalogue, the computation, the drill-down."""
