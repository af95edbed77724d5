"""What `check` warns of: one module per subject, none of which writes anything."""
