"""What Magpie is compared with, written as its users write it."""
