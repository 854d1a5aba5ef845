"""What people use and no stage imports."""
