"""What did we decide?  Decide, record, replay, reasons."""
