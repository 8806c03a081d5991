"""The questions behind the control matrix, by what they are asked of: logical ID and whether it meets the control."""
