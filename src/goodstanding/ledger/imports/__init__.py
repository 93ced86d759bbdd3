"""How a row of somebody's file becomes a party and facts: mapping, reading, parsing, planning."""
