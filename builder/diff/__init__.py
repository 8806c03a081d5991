"""What a change to a stack does, and above all what it would destroy, told before it is deployed."""
