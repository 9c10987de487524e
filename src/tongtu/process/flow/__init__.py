"""What happens with processes: the lane that advances them, the workers, the operator's deeds."""
