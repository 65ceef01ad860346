"""What the dialogue benchmark is compared with: the same engine as RasaHQ's retail-demo sets it up."""
