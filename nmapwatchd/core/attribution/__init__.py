"""Attribution: which host a sighting is evidence of, and whether it is authorised."""
