"""What a host asks: prices of nights, discounts, fees and terms."""
