"""What is said: words into recordings, dates and numbers as Mandarin speakers expect them."""
