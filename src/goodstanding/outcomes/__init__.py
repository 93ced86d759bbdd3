"""What came true?  Labels with as-of and maturity."""
